"""The PostgreSQL that comes with the product: started on demand, adopted when it runs, stopped by whoever leaves last."""
