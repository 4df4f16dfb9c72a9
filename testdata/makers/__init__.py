"""How the files of testdata are made, and what GDAL reads from them."""
