using System.Collections.Immutable;
using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using Serve.Specs.Placement;
using static Serve.Tests.Server.Controller.Scheduling.Requests;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller.Scheduling;

/// <summary>Random small clusters and requests, compared with trying everything.</summary>
public sealed class SchedulerPropertyTests
{
    private static readonly PlacementStrategy?[] Strategies = [null, PlacementStrategy.PACK, PlacementStrategy.SPREAD, PlacementStrategy.STRICT_PACK, PlacementStrategy.STRICT_SPREAD];

    [Fact]
    public void Place_RandomClusters_RefusesIfAndOnlyIfNothingFits()
    {
        var placed = 0;
        for (var seed = 0; seed < 4000; seed++)
        {
            var random = new Random(seed);
            var nodes = Enumerable.Range(0, random.Next(1, 5)).Select(i => RandomNode($"n{i}", random)).ToList();
            var own = nodes.Where(_ => random.Next(2) == 0).ToDictionary(node => node.Info.Node, _ => random.Next(1, 3));
            var request = RandomRequest(random);
            var placement = Scheduler.Place(NodeTable.Of(nodes), request, own, (NodePreference)random.Next(2));
            (placement.Node is not null).ShouldBe(BruteForce.IsPossible(nodes, request, own), $"seed {seed}");
            (placement.Refusal is null).ShouldBe(placement.Node is not null, $"seed {seed}");
            if (placement.Node is null)
                continue;
            placed++;
            Check(nodes, request, own, placement, $"seed {seed}");
        }

        placed.ShouldBeInRange(500, 3500);
    }

    [Fact]
    public void Place_SameInputsInAnotherOrder_GivesTheSame()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var nodes = Enumerable.Range(0, random.Next(1, 8)).Select(i => RandomNode($"n{i}", random)).ToList();
            var request = RandomRequest(random);
            var one = Scheduler.Place(NodeTable.Of(nodes), request, Counts(), NodePreference.Spread);
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(nodes));
            var other = Scheduler.Place(NodeTable.Of(nodes), request, Counts(), NodePreference.Spread);
            string.Join(';', other.Bundles.Select(bundle => $"{bundle.Node} {string.Join(',', bundle.Gpus)}"))
                .ShouldBe(string.Join(';', one.Bundles.Select(bundle => $"{bundle.Node} {string.Join(',', bundle.Gpus)}")), $"seed {seed}");
        }
    }

    [Fact]
    public void Release_InAnyOrder_GivesBackExactlyWhatWasBooked()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var empty = NodeTable.Of(Enumerable.Range(0, random.Next(1, 5)).Select(i => Reservation.Empty(RandomNode($"n{i}", random).Info)));
            var table = empty;
            var replicas = new List<ReplicaState>();
            for (var number = 1; number <= 12; number++)
            {
                if (Scheduler.Place(table, RandomRequest(random), Counts(), (NodePreference)random.Next(2)) is not { Node: { } node } placement)
                    continue;
                var reserved = placement.Bundles.Select(bundle => Reservation.ToReserved(bundle.Node, bundle.Amounts, bundle.Gpus)).ToList();
                var replica = AReplica(number, ReplicaPhase.Running) with { Node = node };
                replicas.Add(replica with
                {
                    Desired = replica.Desired with
                    {
                        CpuUnits = reserved[0].CpuUnits,
                        MemoryUnits = reserved[0].MemoryUnits,
                        GpuUnits = reserved[0].GpuUnits,
                        Gpus = reserved[0].Gpus,
                        CustomUnits = reserved[0].CustomUnits,
                        Reserves = reserved[1..],
                    },
                });
                table = Reservation.Book(table, replicas[^1]);
                foreach (var booked in table.Values)
                {
                    (booked.UsedCpus <= booked.Cpus && booked.UsedMemory <= booked.Memory).ShouldBeTrue($"seed {seed}");
                    booked.UsedGpus.ShouldAllBe(used => used <= ResourceAmount.One, $"seed {seed}");
                    booked.UsedCustom.ShouldAllBe(pair => pair.Value <= booked.CustomOf(pair.Key), $"seed {seed}");
                }
            }

            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(replicas));
            table = replicas.Aggregate(table, Reservation.Release);
            foreach (var node in table.Values)
            {
                (node.IsIdle, node.UsedCpus, node.UsedMemory, node.UsedCustom.Count).ShouldBe((true, ResourceAmount.Zero, ResourceAmount.Zero, 0), $"seed {seed}");
                node.UsedGpus.ShouldAllBe(used => used == ResourceAmount.Zero, $"seed {seed}");
            }
        }
    }

    private static void Check(List<NodeState> nodes, PlacementRequest request, Dictionary<string, int> own, Placement placement, string because)
    {
        var table = NodeTable.Of(nodes);
        placement.Bundles.Length.ShouldBe(request.Bundles.Length, because);
        for (var i = 0; i < request.Bundles.Length; i++)
        {
            var (name, amounts, gpus) = placement.Bundles[i];
            request.Bundles[i].Selectors.ShouldContain(selector => selector.Matches(table[name].Info.Labels), because);
            gpus.Distinct().Count().ShouldBe((int)Math.Ceiling(amounts.Gpus.Value), because);
            table = table.SetItem(name, Reservation.Take(table[name], amounts, gpus));
        }

        foreach (var node in table.Values)
        {
            (node.UsedCpus <= node.Cpus && node.UsedMemory <= node.Memory).ShouldBeTrue(because);
            node.UsedGpus.ShouldAllBe(used => used <= ResourceAmount.One, because);
            node.UsedCustom.ShouldAllBe(pair => pair.Value <= node.CustomOf(pair.Key), because);
        }

        var used = placement.Bundles.Select(bundle => bundle.Node).Distinct().Count();
        if (request.Strategy == PlacementStrategy.STRICT_PACK)
            used.ShouldBe(1, because);
        if (request.Strategy == PlacementStrategy.STRICT_SPREAD)
            used.ShouldBe(request.Bundles.Length, because);
        if (request.Strategy == PlacementStrategy.PACK && BruteForce.IsPossible(nodes, request with { Strategy = PlacementStrategy.STRICT_PACK }, own))
            used.ShouldBe(1, because);
        if (request.Strategy == PlacementStrategy.SPREAD && BruteForce.IsPossible(nodes, request with { Strategy = PlacementStrategy.STRICT_SPREAD }, own))
            used.ShouldBe(request.Bundles.Length, because);
        if (request.MaxPerNode is { } most)
            own.GetValueOrDefault(placement.Node!).ShouldBeLessThan(most, because);
    }

    private static NodeState RandomNode(string name, Random random)
    {
        var cpus = random.Next(1, 9);
        var node = NewNode(name, cpus, random.Next(0, (cpus * 4) + 1) * 0.25, [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(11) * 0.1)]);
        return node with
        {
            Info = node.Info with
            {
                MemoryBytes = random.Next(4),
                Resources = random.Next(2) == 0 ? Amounts(("x", random.Next(3))) : Amounts(),
                Labels = random.Next(3) == 0 ? Texts() : Texts(("zone", random.Next(2) == 0 ? "a" : "b")),
            },
        };
    }

    private static PlacementRequest RandomRequest(Random random)
    {
        var strategy = Strategies[random.Next(Strategies.Length)];
        var bundles = Enumerable.Range(0, strategy is null ? 1 : random.Next(1, 5)).Select(_ => RandomBundle(random, strategy is null)).ToImmutableArray();
        return new PlacementRequest(Api, bundles, strategy, strategy is null && random.Next(3) == 0 ? random.Next(1, 3) : null);
    }

    private static BundleRequest RandomBundle(Random random, bool mayFallBack)
    {
        var amounts = Amounts(("CPU", random.Next(5) * 0.5), ("GPU", new[] { 0, 0, 0.3, 0.4, 0.6, 1, 2 }[random.Next(7)]), ("memory", random.Next(4) == 0 ? 1 : 0));
        if (random.Next(4) == 0)
            amounts["x"] = 0.5;
        string[] terms = ["a", "!a", "in(a,b)", "!in(a,b)"];
        var selectors = Enumerable.Range(0, mayFallBack ? random.Next(1, 3) : 1)
            .Select(_ => random.Next(2) == 0 ? LabelSelector.Any : LabelSelector.Of(Texts(("zone", terms[random.Next(terms.Length)]))));
        return new BundleRequest(ResourceBundle.From(amounts), [.. selectors]);
    }
}
