"""The forms of recording Retold can import, one a module, and how a file's form is found."""
