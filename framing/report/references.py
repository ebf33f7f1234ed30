"""Works that a report cites."""

BELLA = (
    "Bella, A., Ferri, C., Hernández-Orallo, J. and Ramírez-Quintana, M. J. (2010). Quantification "
    "via probability estimators. IEEE International Conference on Data Mining, 737\u2013742."
)
BENJAMINI = (
    "Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate: a practical and "
    "powerful approach to multiple testing. Journal of the Royal Statistical Society B 57, "
    "289\u2013300."
)
COHEN = "Cohen, J. (1988). Statistical power analysis for the behavioral sciences, 2nd ed. Erlbaum."
FORMAN = (
    "Forman, G. (2008). Quantifying counts and costs via classification. Data Mining and Knowledge "
    "Discovery 17, 164\u2013206."
)
HAJEK = (
    "Särndal, C.-E., Swensson, B. and Wretman, J. (1992). Model assisted survey sampling. Springer."
)
HAYES = (
    "Hayes, A. F. and Krippendorff, K. (2007). Answering the call for a standard reliability "
    "measure for coding data. Communication Methods and Measures 1, 77\u201389."
)
HOLM = (
    "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian "
    "Journal of Statistics 6, 65\u201370."
)
PPI = (
    "Angelopoulos, A. N., Bates, S., Fannjiang, C., Jordan, M. I. and Zrnic, T. (2023). "
    "Prediction-powered inference. Science 382, 669\u2013674."
)
REFORMS = (
    "Kapoor, S. et al. (2024). REFORMS: Consensus-based recommendations for machine-learning-based "
    "science. Science Advances 10, eadk3452."
)
REFORMS_ADDRESS = "https://doi.org/10.1126/sciadv.adk3452"
ROGAN = (
    "Rogan, W. J. and Gladen, B. (1978). Estimating prevalence from the results of a screening "
    "test. American Journal of Epidemiology 107, 71\u201376."
)
