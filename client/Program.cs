using CircuitGrid.Client.Hosting;

using var signals = new StopSignals(new WatchedConsole());
return await ClientApplication.RunAsync(args, ClientEnvironment.OfProcess(), signals.Token);
