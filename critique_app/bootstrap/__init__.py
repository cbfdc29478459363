"""What a database needs before the product can work in it: roles, rights, tables, the broker's schema."""
