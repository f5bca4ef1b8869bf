namespace Serve.Server.Controller.Scheduling;

/// <summary>Two nodes are equal where a request can't tell them apart: as much is free on both and the same selectors match.</summary>
internal sealed class SameRoom(PlacementRequest request) : IEqualityComparer<NodeState>
{
    public bool Equals(NodeState? x, NodeState? y) =>
        x is not null && y is not null && x.FreeCpus == y.FreeCpus && x.FreeMemory == y.FreeMemory && x.UsedGpus.SequenceEqual(y.UsedGpus)
        && request.Bundles.All(bundle =>
            bundle.Selectors[0].Matches(x.Info.Labels) == bundle.Selectors[0].Matches(y.Info.Labels)
            && bundle.Amounts.Custom.Keys.All(name => x.FreeCustomOf(name) == y.FreeCustomOf(name)));

    public int GetHashCode(NodeState obj) => HashCode.Combine(obj.FreeCpus, obj.FreeMemory, obj.UsedGpus.Length);
}
