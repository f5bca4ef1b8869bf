using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using Serve.Specs.Placement;

namespace Serve.Tests.Server.Controller.Scheduling;

/// <summary>Tries all nodes and all GPUs for all bundles, with arithmetic of its own.</summary>
internal static class BruteForce
{
    public static bool IsPossible(IReadOnlyList<NodeState> nodes, PlacementRequest request, IReadOnlyDictionary<string, int> own) =>
        Try(request, own, [.. nodes.Select(node => new Room(node))], chosen: []);

    private static bool Try(PlacementRequest request, IReadOnlyDictionary<string, int> own, Room[] rooms, int[] chosen)
    {
        if (chosen.Length == request.Bundles.Length)
            return true;
        var bundle = request.Bundles[chosen.Length];
        for (var i = 0; i < rooms.Length; i++)
        {
            var name = rooms[i].Node.Info.Node;
            if (own.GetValueOrDefault(name) >= (request.MaxPerNode ?? int.MaxValue) || !bundle.Selectors.Any(selector => selector.Matches(rooms[i].Node.Info.Labels)))
                continue;
            if ((request.Strategy == PlacementStrategy.STRICT_PACK && chosen.Any(other => other != i)) || (request.Strategy == PlacementStrategy.STRICT_SPREAD && chosen.Contains(i)))
                continue;
            foreach (var room in rooms[i].Without(bundle.Amounts))
            {
                if (Try(request, own, [.. rooms[..i], room, .. rooms[(i + 1)..]], [.. chosen, i]))
                    return true;
            }
        }

        return false;
    }

    private sealed record Room(NodeState Node, long Cpus, long Memory, long Custom, long[] Gpus)
    {
        public Room(NodeState node)
            : this(
                node,
                ResourceAmount.From(node.Info.Cpus).Units - node.UsedCpus.Units,
                (node.Info.MemoryBytes * ResourceAmount.UnitsPerOne) - node.UsedMemory.Units,
                ResourceAmount.From(node.Info.Resources.GetValueOrDefault("x")).Units,
                [.. node.UsedGpus.Select(used => ResourceAmount.UnitsPerOne - used.Units)])
        {
        }

        public IEnumerable<Room> Without(ResourceBundle wanted)
        {
            var rest = this with { Cpus = Cpus - wanted.Cpus.Units, Memory = Memory - wanted.Memory.Units, Custom = Custom - wanted.Custom.GetValueOrDefault("x").Units };
            if (rest.Cpus < 0 || rest.Memory < 0 || rest.Custom < 0)
                yield break;
            if (wanted.Gpus.Units is > 0 and < ResourceAmount.UnitsPerOne)
            {
                for (var i = 0; i < Gpus.Length; i++)
                {
                    if (Gpus[i] >= wanted.Gpus.Units)
                        yield return rest with { Gpus = [.. Gpus[..i], Gpus[i] - wanted.Gpus.Units, .. Gpus[(i + 1)..]] };
                }
            }
            else
            {
                var missing = wanted.Gpus.Units / ResourceAmount.UnitsPerOne;
                var left = Gpus.Select(free => free == ResourceAmount.UnitsPerOne && missing-- > 0 ? 0 : free).ToArray();
                if (missing <= 0)
                    yield return rest with { Gpus = left };
            }
        }
    }
}
