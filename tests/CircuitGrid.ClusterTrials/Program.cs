using System.CommandLine;
using CircuitGrid.ClusterTrials;

var silo = new Option<FileInfo>("--silo") { Description = "The silo program, circuitgrid-silo.dll.", Required = true };
var emulator = new Option<DirectoryInfo?>("--emulator") { Description = "Folder whose node_modules has azurite; without it silos share SQLite files, and nothing is stopped but silos." };
var rounds = new Option<int>("--rounds") { Description = "Rounds of chaos.", DefaultValueFactory = _ => 20 };
var seed = new Option<int>("--seed") { Description = "Seed of the first round; each takes the next.", DefaultValueFactory = _ => 1 };
var suites = new Option<DirectoryInfo>("--suites") { Description = "Folder that the nano suite is in.", Required = true };
var port = new Option<int>("--port") { Description = "First of the ports that silos and emulator take; trials side by side need ports of their own.", DefaultValueFactory = _ => 22_000 };
var cells = new Option<int>("--cells") { Description = "Cells to push through.", DefaultValueFactory = _ => 10_000 };
var pause = new Option<int>("--pause") { Description = "Milliseconds that a cell takes.", DefaultValueFactory = _ => 200 };

var chaos = new Command("chaos", "Kills, adds and drains silos while an experiment runs, and compares its results with one machine's.") { silo, emulator, rounds, seed, suites, port };
chaos.SetAction((parsed, cancellation) => new ChaosTrial(
    parsed.GetValue(silo)!.FullName, parsed.GetValue(emulator)?.FullName, parsed.GetValue(suites)!.FullName, parsed.GetValue(port)).RunAsync(parsed.GetValue(rounds), parsed.GetValue(seed), cancellation));

var whole = new Command("whole", "Runs the whole nano experiment on three silos, and compares its results with one machine's.") { silo, emulator, suites, port };
whole.SetAction((parsed, cancellation) => new ChaosTrial(
    parsed.GetValue(silo)!.FullName, parsed.GetValue(emulator)?.FullName, parsed.GetValue(suites)!.FullName, parsed.GetValue(port)).RunWholeAsync(cancellation));

var cellTime = new Option<int>("--cell-seconds") { Description = "About how long a cell takes.", DefaultValueFactory = _ => 20 };
var drain = new Command("drain", "Asks one of three silos to end while it computes a long cell, and kills it after a grace time.") { silo, suites, port, cellTime };
drain.SetAction((parsed, cancellation) => new DrainTrial(
    parsed.GetValue(silo)!.FullName, parsed.GetValue(suites)!.FullName, parsed.GetValue(port)).RunAsync(TimeSpan.FromSeconds(parsed.GetValue(cellTime)), cancellation));

var frozenTime = new Option<int>("--seconds") { Description = "How long a silo stands still.", DefaultValueFactory = _ => 60 };
var frozen = new Command("frozen", "Stands silos still for a while as they compute, and says how long the others were idle.") { silo, suites, port, frozenTime };
frozen.SetAction((parsed, cancellation) => new FrozenTrial(
    parsed.GetValue(silo)!.FullName, parsed.GetValue(suites)!.FullName, parsed.GetValue(port)).RunAsync(TimeSpan.FromSeconds(parsed.GetValue(frozenTime)), cancellation));

var lostWrites = new Command("lost-writes", "Kills the emulator when an experiment has just completed, so that it forgets what it had acknowledged, and waits for the results to be there again.") { silo, emulator, suites, port, rounds };
lostWrites.SetAction((parsed, cancellation) => new LostWritesTrial(
    parsed.GetValue(silo)!.FullName, parsed.GetValue(emulator)?.FullName, parsed.GetValue(suites)!.FullName, parsed.GetValue(port)).RunAsync(parsed.GetValue(rounds), cancellation));

var minutes = new Option<double>("--minutes") { Description = "How long the storage is away.", DefaultValueFactory = _ => 12 };
var outage = new Command("outage", "Takes the storage away in the middle of an experiment: what is to be seen of it, and whether all ends well.") { silo, emulator, suites, port, minutes };
outage.SetAction((parsed, cancellation) => new OutageTrial(
    parsed.GetValue(silo)!.FullName, parsed.GetValue(emulator)?.FullName, parsed.GetValue(suites)!.FullName, parsed.GetValue(port)).RunAsync(TimeSpan.FromMinutes(parsed.GetValue(minutes)), cancellation));

var elastic = new Command("elastic", "Cells a second with one, two and three silos whose cells only take time, and what joining and draining do.") { pause };
elastic.SetAction((parsed, cancellation) => ElasticTrial.RunAsync(TimeSpan.FromMilliseconds(parsed.GetValue(pause)), cancellation));

var overhead = new Command("overhead", "What the grid itself costs: many cells that take no time.") { cells };
overhead.SetAction((parsed, cancellation) => OverheadTrial.RunAsync(parsed.GetValue(cells), cancellation));

var lengths = new Option<int[]>("--checkpoints") { Description = "Lengths of trajectories.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [125, 250, 500, 1000] };
var growth = new Command("growth", "What one more checkpoint costs, by the length of the trajectory it comes to.") { lengths };
growth.SetAction((parsed, cancellation) => GrowthTrial.RunAsync(parsed.GetValue(lengths)!, cancellation));

var checkpoints = new Option<int>("--checkpoints") { Description = "Checkpoints to fetch.", DefaultValueFactory = _ => 48 };
var rate = new Option<long>("--rate") { Description = "Bytes a second that the hub sends.", DefaultValueFactory = _ => 20_000_000 };
var multiples = new Option<double[]>("--multiples") { Description = "How long cells take, in downloads of their weights.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2] };
var fetch = new Command("fetch", "How far fetching from the hub hides behind compute on two silos.") { checkpoints, rate, multiples };
fetch.SetAction((parsed, cancellation) => FetchTrial.RunAsync(parsed.GetValue(checkpoints), parsed.GetValue(rate), parsed.GetValue(multiples)!, cancellation));

var siloOrNot = new Option<FileInfo?>("--silo") { Description = "The silo program, circuitgrid-silo.dll." };
var client = new Option<FileInfo?>("--client") { Description = "The client program, circuitgrid.dll, whose 'serve' is tried instead." };
var malformed = new Option<int>("--malformed") { Description = "Requests that are none.", DefaultValueFactory = _ => 20_000 };
var clients = new Command("clients", "Clients that mean harm, beside one that doesn't: how long that one waits, and what stays.") { siloOrNot, client, malformed, suites, port };
clients.Validators.Add(result =>
{
    if (result.GetResult(siloOrNot) is null == result.GetResult(client) is null)
    {
        result.AddError("Give either --silo or --client.");
    }
});
clients.SetAction(async (parsed, cancellation) =>
{
    var program = parsed.GetValue(siloOrNot) ?? parsed.GetValue(client)!;
    using var trial = new ClientsTrial(program.FullName, parsed.GetValue(siloOrNot) is not null, parsed.GetValue(suites)!.FullName, parsed.GetValue(port));
    return await trial.RunAsync(parsed.GetValue(malformed), cancellation);
});

var standIn = StandInSilo.Command();
return await new RootCommand("Trials of a cluster with real processes.") { chaos, whole, drain, frozen, lostWrites, outage, elastic, overhead, growth, fetch, clients, standIn }.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = TimeSpan.FromMinutes(10) });
