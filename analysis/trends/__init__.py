"""Weekly visibility series: uncertainty, season, lead and forecast value."""
