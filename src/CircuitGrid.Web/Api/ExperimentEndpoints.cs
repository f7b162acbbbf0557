using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Web.Api.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;

namespace CircuitGrid.Web.Api;

/// <summary>Experiments: started, listed, followed, cancelled, and what is known of their cells.</summary>
internal static class ExperimentEndpoints
{
    private const int MostItems = 1000;

    private static readonly TextParameter OfModel = new("model", "Cells of this model alone.");
    private static readonly TextParameter OfTask = new("task", "Cells of this task alone; head scores are 'heads'.");
    private static readonly NumberParameter OfStep = new("step", "Cells of this training step alone.", least: 0, most: int.MaxValue);
    private static readonly WordParameter<CellAction> ToDo = new("action", "Cells about which this is to be done alone.");
    private static readonly NumberParameter Offset = new("offset", "Cells to pass over; 0 where it isn't given.", least: 0, most: int.MaxValue);
    private static readonly NumberParameter Limit = new("limit", "Most cells to give; 100 where it isn't given.", least: 1, most: MostItems);

    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/experiments").WithTags("Experiments");
        group.MapPost("/", StartAsync).Accepts<ExperimentRequest>("application/json", "application/yaml").WithSummary("Start an experiment, or say how far it is.");
        group.MapGet("/", ListAsync).WithSummary("All experiments, the latest first.");
        group.MapGet("/{id}", FindAsync).WithSummary("One experiment.");
        group.MapPost("/{id}/cancel", CancelAsync).WithSummary("End an experiment; what is computed stays.");
        group.MapGet("/{id}/plan", PlanAsync).NeedsStorage().WithSummary("Which results are there and which are missing.");
        group.MapGet("/{id}/cells", CellsAsync).NeedsStorage().WithQuery(OfModel, OfTask, OfStep, ToDo, Offset, Limit).WithSummary("Its cells, a page at a time.");
        group.MapGet("/{id}/cells/{suite}/{checkpoint}/{task}", CellAsync).NeedsStorage().WithSummary("A cell by its name, suite/model@step/task.");
        group.MapGet("/{id}/trajectories", TrajectoriesAsync).NeedsStorage().WithSummary("Circuits along training.");
        group.MapGet("/{id}/scale", ScaleAsync).NeedsStorage().WithSummary("Circuit size against model size.");
        group.MapGet("/{id}/report", ReportAsync).NeedsStorage().Produces(StatusCodes.Status200OK, contentType: "application/json").WithSummary("The report's data.");
        group.MapGet("/{id}/events", (HttpContext context, string id, EventStream events) => events.WriteAsync(context, id))
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .WithMetadata(new DisableRequestTimeoutAttribute())
            .WithSummary("What happens to it, as server-sent events, until it ends.");
    }

    /// <summary>The spec of a hosted experiment.</summary>
    /// <exception cref="ApiException">There is none of the id.</exception>
    public static async Task<ExperimentSpec> SpecAsync(string id, IExperimentHost host, ExperimentTexts texts, CancellationToken cancellation) =>
        texts.Parse((await RequireAsync(id, host, cancellation)).Yaml);

    private static async Task<HostedExperiment> RequireAsync(string id, IExperimentHost host, CancellationToken cancellation) =>
        await host.FindAsync(id, cancellation) ?? throw new ApiException(StatusCodes.Status404NotFound, ApiText.NoExperiment);

    private static async Task<Results<Created<ExperimentResource>, Ok<ExperimentResource>>> StartAsync(
        HttpRequest request, IExperimentHost host, ExperimentTexts texts, CancellationToken cancellation)
    {
        var body = await ExperimentBody.ReadAsync(request, takesWatch: true, cancellation);
        var id = ExperimentTexts.IdOf(texts.Parse(body.Yaml!));
        var ran = await host.FindAsync(id, cancellation) is { Phase: HostedPhase.Running };
        var started = ExperimentResource.Of(await host.StartAsync(body.Yaml!, body.Watch, cancellation), withText: true);
        return ran ? TypedResults.Ok(started) : TypedResults.Created($"/api/v1/experiments/{started.Id}", started);
    }

    private static async Task<Ok<List<ExperimentResource>>> ListAsync(IExperimentHost host, CancellationToken cancellation) =>
        TypedResults.Ok((await host.ListAsync(cancellation)).Select(e => ExperimentResource.Of(e, withText: false)).ToList());

    private static async Task<Ok<ExperimentResource>> FindAsync(string id, IExperimentHost host, CancellationToken cancellation) =>
        TypedResults.Ok(ExperimentResource.Of(await RequireAsync(id, host, cancellation), withText: true));

    private static async Task<Ok<CancelResource>> CancelAsync(string id, IExperimentHost host, CancellationToken cancellation)
    {
        await RequireAsync(id, host, cancellation);
        return TypedResults.Ok(new CancelResource(id, await host.CancelAsync(id, cancellation)));
    }

    private static async Task<Ok<PlanResource>> PlanAsync(string id, IExperimentHost host, ExperimentTexts texts, CancellationToken cancellation) =>
        TypedResults.Ok(DocumentEndpoints.Describe(await host.Grid.PlanAsync(await SpecAsync(id, host, texts, cancellation), cancellation), texts));

    private static async Task<Ok<Page<CellResource>>> CellsAsync(
        string id, HttpRequest request, IExperimentHost host, ExperimentTexts texts, CancellationToken cancellation)
    {
        var (model, task, step, action, first) = (OfModel.Of(request), OfTask.Of(request), OfStep.Of(request), ToDo.Of(request), Offset.Of(request) ?? 0);
        var spec = await SpecAsync(id, host, texts, cancellation);
        OfTask.Require(task, [.. spec.Tasks.Select(t => t.Name), .. spec.Heads ? [CellId.HeadsTask] : Array.Empty<string>()]);
        var plan = await host.Grid.PlanAsync(spec, cancellation);
        OfModel.Require(model, [.. plan.Suite.Models.Where(spec.Takes).Select(m => m.Name)]);
        var cells = plan.Cells
            .Where(c => model is null || string.Equals(c.Id.Model, model, StringComparison.Ordinal))
            .Where(c => task is null || string.Equals(c.Id.Task, task, StringComparison.Ordinal))
            .Where(c => (step is null || c.Id.Step == step) && (action is null || c.Action == action))
            .ToList();
        return TypedResults.Ok(new Page<CellResource>([.. cells.Skip(first).Take(Limit.Of(request) ?? 100).Select(c => Describe(c, plan, texts))], cells.Count, first));
    }

    private static async Task<Ok<CellResource>> CellAsync(
        string id, string suite, string checkpoint, string task, IExperimentHost host, ExperimentTexts texts, CancellationToken cancellation)
    {
        var plan = await host.Grid.PlanAsync(await SpecAsync(id, host, texts, cancellation), cancellation);
        return CellId.TryParse($"{suite}/{checkpoint}/{task}", out var name) && plan.Cells.FirstOrDefault(c => c.Id == name) is { } cell
            ? TypedResults.Ok(Describe(cell, plan, texts))
            : throw new ApiException(StatusCodes.Status404NotFound, "The experiment has no cell of this name; cells are named suite/model@step/task.");
    }

    private static CellResource Describe(PlannedCell cell, GridPlan plan, ExperimentTexts texts) =>
        CellResource.Of(cell, plan.Suite.Find(cell.Id.Model)!) with { Why = texts.Hide(cell.Why) };

    private static async Task<Ok<List<TrajectoryResource>>> TrajectoriesAsync(string id, IExperimentHost host, ExperimentTexts texts, CancellationToken cancellation)
    {
        var spec = await SpecAsync(id, host, texts, cancellation);
        var plan = await host.Grid.PlanAsync(spec, cancellation);
        var comparisons = await host.Grid.CompareAsync(spec, cancellation);
        return TypedResults.Ok(comparisons.Read((trajectories, _) => trajectories.Select(t => TrajectoryResource.Of(t.Key.Model, t.Key.Task, t.Value, plan)).ToList()));
    }

    private static async Task<Ok<List<ScaleResource>>> ScaleAsync(string id, IExperimentHost host, ExperimentTexts texts, CancellationToken cancellation)
    {
        var comparisons = await host.Grid.CompareAsync(await SpecAsync(id, host, texts, cancellation), cancellation);
        return TypedResults.Ok(comparisons.Read((_, scales) => scales.Select(s => ScaleResource.Of(s.Key, s.Value)).ToList()));
    }

    private static async Task<IResult> ReportAsync(string id, IExperimentHost host, ExperimentTexts texts, ReportCache reports, CancellationToken cancellation) =>
        DocumentEndpoints.Answer(await reports.ReadAsync(await SpecAsync(id, host, texts, cancellation), cancellation));
}
