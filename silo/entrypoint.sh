#!/bin/sh
# A silo tells the others its address: the container's own.
exec dotnet /app/circuitgrid-silo.dll --suites /suites --address "$(hostname -i | cut -d' ' -f1)" --trusted-network \
  --http-address 0.0.0.0 --token-file /run/secrets/token "$@"
