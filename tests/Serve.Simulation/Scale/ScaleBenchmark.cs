using Serve.Simulation.World;

namespace Serve.Simulation.Scale;

/// <summary>What a phase cost.</summary>
/// <param name="Phase">What was done.</param>
/// <param name="Messages">Messages that the controller handled.</param>
/// <param name="Steps">The reducer's steps.</param>
/// <param name="Turns">The controller's turns with all that is written.</param>
/// <param name="StoreBytes">Bytes of the keys and values that were written.</param>
/// <param name="StoreKeys">Keys that were written.</param>
/// <param name="AllocatedBytes">Bytes that were allocated, by the simulated nodes too.</param>
internal sealed record PhaseCost(string Phase, int Messages, StepSummary Steps, StepSummary Turns, long StoreBytes, long StoreKeys, long AllocatedBytes);

/// <param name="Shape">The cluster.</param>
/// <param name="Phases">What was done there.</param>
/// <param name="HeapMib">What lives in the end: state, store, and simulated nodes.</param>
internal sealed record ScaleCost(ScaleShape Shape, IReadOnlyList<PhaseCost> Phases, double HeapMib);

/// <summary>Deploys to a large cluster, updates all of it, and lets replicas crash all the time.</summary>
internal static class ScaleBenchmark
{
    private const int ChurnSeconds = 60;
    private const double ChurnShare = 0.01;

    public static async Task<ScaleCost> RunAsync(ScaleShape shape)
    {
        var phases = new List<PhaseCost>();
        var cluster = await ScaleCluster.StartAsync(shape);
        await MeasureAsync("deploy", () => cluster.DeployAsync("v1"));
        await MeasureAsync("update", () => cluster.DeployAsync("v2"));
        await MeasureAsync("churn", () => ChurnAsync(cluster, shape));
        var heap = GC.GetTotalMemory(forceFullCollection: true) / 1024.0 / 1024;
        GC.KeepAlive(cluster);
        return new ScaleCost(shape, phases, Math.Round(heap, 1));

        async Task MeasureAsync(string name, Func<Task> phase)
        {
            (cluster.Steps, cluster.Turns, cluster.Messages) = (new StepTimes(), new StepTimes(), 0);
            var (bytes, keys, allocated) = (cluster.Store.Bytes, cluster.Store.Keys, GC.GetAllocatedBytesForCurrentThread());
            await phase();
            phases.Add(new PhaseCost(
                name,
                cluster.Messages,
                cluster.Steps.Summarize(),
                cluster.Turns.Summarize(),
                cluster.Store.Bytes - bytes,
                cluster.Store.Keys - keys,
                GC.GetAllocatedBytesForCurrentThread() - allocated));
        }
    }

    private static async Task ChurnAsync(ScaleCluster cluster, ScaleShape shape)
    {
        var chance = new Chance(seed: 1);
        var count = Math.Max(1, (int)(shape.Replicas * ChurnShare));
        for (var second = 0; second < ChurnSeconds; second++)
        {
            var running = cluster.Running.ToList();
            await cluster.ChurnAsync([.. Enumerable.Range(0, count).Select(_ => chance.Pick(running)).Distinct()]);
        }
    }
}
