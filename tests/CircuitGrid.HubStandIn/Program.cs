using CircuitGrid.HubStandIn;

return await StandInProgram.Command().Parse(args).InvokeAsync();
