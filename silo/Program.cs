using CircuitGrid.Silo;
using CircuitGrid.Torch;

return await SiloCommand.Create(new TorchDevices()).Parse(args).InvokeAsync();
