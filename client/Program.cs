using CircuitGrid.Client.Hosting;

using var signals = new StopSignals();
return await ClientApplication.RunAsync(args, ClientEnvironment.OfProcess(), signals.Token);
