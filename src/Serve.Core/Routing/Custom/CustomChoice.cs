using System.Buffers;

namespace Serve.Routing.Custom;

/// <summary>Asks the program's own router. It sees all replicas with room, so that a choice costs more the more there are.</summary>
internal sealed class CustomChoice(IRequestRouter router)
{
    /// <summary>How often it may choose a replica that filled up meanwhile.</summary>
    private const int MaxAttempts = 3;

    private static readonly RoutedCall NoCall = new();

    /// <returns>The replica on which a slot was taken, or null where Serve shall choose.</returns>
    public ReplicaEntry? Pick(ReplicaRooms rooms, in PickRequest request, long now, long loadHalfLife)
    {
        var call = (request.Call ?? NoCall) with { ModelId = request.ModelId, SessionId = request.SessionId, Priority = request.Priority };
        var entries = ArrayPool<ReplicaEntry>.Shared.Rent(rooms.Members.Length);
        var candidates = ArrayPool<RouteCandidate>.Shared.Rent(rooms.Members.Length);
        try
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                var count = 0;
                foreach (var replica in rooms.Members)
                {
                    if (!replica.HasRoom(rooms.Limit) || replica == request.Avoid)
                        continue;
                    entries[count] = replica;
                    candidates[count++] = new RouteCandidate(replica.Id, replica.LoadAt(now, loadHalfLife), replica.Tier == 0, replica.Models);
                }

                if (count == 0 || Ask(call, candidates.AsSpan(0, count)) is not { } index)
                    return null;
                if (entries[index].TryEnter(rooms.Limit))
                    return entries[index];
            }

            return null;
        }
        finally
        {
            ArrayPool<ReplicaEntry>.Shared.Return(entries, clearArray: true);
            ArrayPool<RouteCandidate>.Shared.Return(candidates, clearArray: true);
        }
    }

    private int? Ask(RoutedCall call, ReadOnlySpan<RouteCandidate> candidates)
    {
        try
        {
            var index = router.Choose(call, candidates);
            return index >= 0 && index < candidates.Length ? index : null;
        }
#pragma warning disable CA1031 // Code of the user's, which may throw anything: a call must not fail because of it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
