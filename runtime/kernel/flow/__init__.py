"""How members enter, travel through and leave campaigns."""
