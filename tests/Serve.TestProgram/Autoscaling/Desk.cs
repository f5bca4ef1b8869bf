using Microsoft.Extensions.Options;
using Serve.TestProgram.Behaviour;

namespace Serve.TestProgram.Autoscaling;

/// <summary>Serves one request at a time and keeps it until the test lets go of it, so that the load is exactly what the test says.</summary>
[Deployment(NumCpus = 0, MaxOngoingRequests = 1, HealthCheckPeriodSeconds = 1)]
public sealed class Desk(Journal journal, IOptions<TestArgs> args, ReplicaContext context) : IIngress, IInitialize
{
    /// <summary>The key under which starts are held up, once the test has written that it wants so.</summary>
    public const string StartKey = "start";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/hold", async (Desk desk, string key, CancellationToken cancellationToken) =>
        {
            await desk.Journal.RunAsync(key, "desk", () => desk.Journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
            return Environment.ProcessId.ToString();
        });
        endpoints.MapGet("/pid", () => Environment.ProcessId.ToString());
        endpoints.MapGet("/version", (Desk desk) => desk.Version);
        endpoints.MapGet("/record", (Desk desk, string name, double value) => desk.Context.RecordMetric(name, value));
    }

    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        if (journal.Has(StartKey, "held"))
            await journal.WhenReleasedAsync(StartKey, cancellationToken);
    }

    private Journal Journal => journal;

    private ReplicaContext Context => context;

    private string Version => args.Value.Version;
}
