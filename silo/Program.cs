using CircuitGrid.Silo;

return await SiloCommand.Create().Parse(args).InvokeAsync();
