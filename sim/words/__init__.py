"""What codes, instruments and recommendations are called in plain English; the keys of the catalogues."""
