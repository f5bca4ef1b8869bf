using System.Diagnostics.CodeAnalysis;

namespace Serve.Routing.Queueing;

/// <summary>
/// The requests that wait for a slot, in the order in which they get one. Equal priorities are served in the order of arrival. Between
/// priorities slots are shared by weight (<see cref="LevelTurns"/>). A request that has waited rises by one level for each <c>riseTime</c>, so that none
/// starves: after seven of them it stands with the most urgent, oldest first. Not safe for threads; the router locks.
/// </summary>
/// <param name="riseTime">After how many ticks of waiting a request counts as one level more urgent.</param>
internal sealed class RequestQueue(long riseTime)
{
    private const int Levels = PickRequest.LowestPriority + 1;

    private readonly LinkedList<WaitingRequest>[] _byPriority = [.. Enumerable.Range(0, Levels).Select(_ => new LinkedList<WaitingRequest>())];
    private readonly LevelTurns _turns = new(Levels);

    public int Count { get; private set; }

    /// <summary>Puts a request in line: at the end of its priority, or where it stood before if it came back.</summary>
    public void Add(WaitingRequest request)
    {
        var line = _byPriority[request.Request.Priority];
        request.Node = new LinkedListNode<WaitingRequest>(request);
        if (request.CameBack)
            AddBeforeYounger(line, request.Node);
        else
            AddAfterOlder(line, request.Node);
        Count++;
    }

    /// <summary>Takes a request out, if it is in.</summary>
    public bool Remove(WaitingRequest request)
    {
        if (request.Node is not { List: { } line } node)
            return false;
        line.Remove(node);
        Count--;
        return true;
    }

    /// <summary>The request whose turn it is. It stays in line, and asking changes nothing.</summary>
    public bool TryPeek(long now, [MaybeNullWhen(false)] out WaitingRequest request)
    {
        request = Next(now, out _, out _);
        return request is not null;
    }

    /// <summary>Takes out the request that got the slot of the one whose turn it is: that one, or one of its priority.</summary>
    public void Serve(WaitingRequest request, long now)
    {
        Next(now, out var level, out var levels);
        _turns.Serve(level, levels);
        Remove(request);
    }

    /// <summary>The youngest request of the least urgent level, if that is less urgent than the given priority: who must go when the line is full.</summary>
    public WaitingRequest? LessUrgentThan(int priority, long now)
    {
        for (var i = Levels - 1; i > priority; i--)
        {
            if (_byPriority[i].Last is { } youngest)
                return LevelOf(youngest.Value, now) > priority ? youngest.Value : null;
        }

        return null;
    }

    /// <summary>How many wait that are as urgent as a priority or more.</summary>
    public int CountUpTo(int priority)
    {
        var count = 0;
        for (var i = 0; i <= priority; i++)
            count += _byPriority[i].Count;
        return count;
    }

    /// <summary>Takes all out.</summary>
    public IReadOnlyList<WaitingRequest> Clear()
    {
        var all = _byPriority.SelectMany(line => line).ToList();
        foreach (var request in all)
            Remove(request);
        return all;
    }

    /// <summary>Of the levels that have a request waiting the one that has had the least of its share; in it the oldest. Only the first of each priority can be that.</summary>
    private WaitingRequest? Next(long now, out int level, out uint levels)
    {
        Span<int> heads = stackalloc int[Levels];
        heads.Fill(-1);
        levels = 0;
        for (var priority = 0; priority < Levels; priority++)
        {
            if (_byPriority[priority].First is not { } head)
                continue;
            var at = LevelOf(head.Value, now);
            levels |= 1u << at;
            if (heads[at] < 0 || head.Value.Arrived < _byPriority[heads[at]].First!.Value.Arrived)
                heads[at] = priority;
        }

        level = _turns.Next(levels);
        return level < 0 ? null : _byPriority[heads[level]].First!.Value;
    }

    private int LevelOf(WaitingRequest request, long now)
    {
        var risen = Math.Max(0, now - request.Arrived) / riseTime;
        return risen >= request.Request.Priority ? 0 : request.Request.Priority - (int)risen;
    }

    private static void AddAfterOlder(LinkedList<WaitingRequest> line, LinkedListNode<WaitingRequest> node)
    {
        var before = line.Last;
        while (before is not null && before.Value.Arrived > node.Value.Arrived)
            before = before.Previous;
        if (before is null)
            line.AddFirst(node);
        else
            line.AddAfter(before, node);
    }

    private static void AddBeforeYounger(LinkedList<WaitingRequest> line, LinkedListNode<WaitingRequest> node)
    {
        var after = line.First;
        while (after is not null && after.Value.Arrived < node.Value.Arrived)
            after = after.Next;
        if (after is null)
            line.AddLast(node);
        else
            line.AddBefore(after, node);
    }
}
