"""What Redis does for us (6.2 or later). Everything in it may be lost at any moment: it is made anew from the store."""
