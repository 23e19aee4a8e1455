"""Entries of the store on other machines: blobs named by their content, and what names them."""
