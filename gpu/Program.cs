using CircuitGrid.Client.Hosting;
using CircuitGrid.Torch;

using var signals = new StopSignals(new WatchedConsole());
return await ClientApplication.RunAsync(args, ClientEnvironment.OfProcess() with { Devices = new TorchDevices() }, signals.Token);
