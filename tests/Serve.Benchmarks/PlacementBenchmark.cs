using System.Diagnostics;
using Serve.Identity;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Placement;

namespace Serve.Benchmarks;

/// <summary>What it costs to find nodes for 10,000 replicas on 1,000 nodes, one after the other, each booked before the next.</summary>
internal static class PlacementBenchmark
{
    private const int Nodes = 1000;
    private const int Replicas = 10_000;

    public static void Run()
    {
        var cpu = new DeploymentOptions { Resources = new ResourceOptions { Cpus = 1 } };
        var gpu = new DeploymentOptions { Resources = new ResourceOptions { Cpus = 1, Gpus = 0.25, Memory = 1 << 30 } };
        var zone = new DeploymentOptions { Resources = new ResourceOptions { Cpus = 0.1, LabelSelector = new Dictionary<string, string> { ["zone"] = "in(z1,z2)" } } };
        var group = new DeploymentOptions { PlacementGroupBundles = [Amounts(1, 1), Amounts(1, 1)], PlacementGroupStrategy = PlacementStrategy.SPREAD };
        var large = new DeploymentOptions { Resources = new ResourceOptions { Cpus = 99 } };
        Measure("warm-up", cpu, Replicas, deployments: 1000, NodePreference.Spread);
        Measure("spread, 1 deployment", cpu, Replicas, deployments: 1, NodePreference.Spread);
        Measure("spread, 1,000 deployments", cpu, Replicas, deployments: 1000, NodePreference.Spread);
        Measure("spread, CPU + GPU share + memory", gpu, Replicas, deployments: 1000, NodePreference.Spread);
        Measure("pack, 1,000 deployments", cpu, Replicas, deployments: 1000, NodePreference.Pack);
        Measure("spread, one node in five by label", zone, Replicas, deployments: 1000, NodePreference.Spread);
        Measure("placement groups of 2 bundles", group, Replicas / 10, deployments: 100, NodePreference.Spread);
        Measure("refused", large, Replicas / 10, deployments: 1000, NodePreference.Spread);
    }

    private static void Measure(string name, DeploymentOptions options, int replicas, int deployments, NodePreference preference)
    {
        var table = NodeTable.Of(Enumerable.Range(0, Nodes).Select(NewNode));
        var requests = Enumerable.Range(0, deployments).Select(i => PlacementRequest.Of(new DeploymentId("app", $"d{i}"), DeploymentSpec.Resolve($"d{i}", options))).ToList();
        var own = requests.ConvertAll(_ => new Dictionary<string, int>(StringComparer.Ordinal));
        var times = new double[replicas];
        var refused = 0;
        for (var i = 0; i < replicas; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var counts = own[i % deployments];
            var placement = Scheduler.Place(table, requests[i % deployments], counts, preference);
            foreach (var bundle in placement.Bundles)
                table = table.SetItem(bundle.Node, Reservation.Take(table[bundle.Node], bundle.Amounts, bundle.Gpus));
            if (placement.Node is { } node)
                counts[node] = counts.GetValueOrDefault(node) + 1;
            else
                refused++;
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(times);
        Console.WriteLine($"{name,-36} mean {times.Average(),8:0.0} µs   p50 {times[replicas / 2],8:0.0} µs   p99 {times[(int)(replicas * 0.99)],8:0.0} µs   refused {refused}");
    }

    private static NodeState NewNode(int index) => Reservation.Empty(new NodeInfo($"node{index:0000}", "1", Address: "", Cpus: 16, Gpus: 4)
    {
        MemoryBytes = 64L << 30,
        Labels = new Dictionary<string, string> { ["zone"] = $"z{index % 10}" },
    });

    private static Dictionary<string, double> Amounts(double cpus, double gpus) => new() { [ResourceBundle.CpuName] = cpus, [ResourceBundle.GpuName] = gpus };
}
