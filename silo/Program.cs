using CircuitGrid.Models.Files;
using CircuitGrid.Silo;
using CircuitGrid.Torch;

// whoever writes there from now on, the log included: names and messages from outside don't reach a terminal raw
Console.SetOut(VisibleTextWriter.Around(Console.Out));
Console.SetError(VisibleTextWriter.Around(Console.Error));
return await SiloCommand.RunAsync(new TorchDevices(), args);
