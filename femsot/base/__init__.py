"""What every room uses: errors, quantities, components, files, plugins."""
