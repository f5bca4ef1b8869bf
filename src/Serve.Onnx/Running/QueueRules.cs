using Serve.Onnx.Config;

namespace Serve.Onnx.Running;

/// <summary>The line of a model: which level of it a call stands in, how long it may stand there, and how many do.</summary>
internal sealed class QueueRules(LoadedModel model)
{
    private readonly DynamicBatching _batching = model.Config.Batching ?? new DynamicBatching();
    private readonly int[] _waiting = new int[(model.Config.Batching?.PriorityLevels ?? 0) + 1];

    /// <summary>How many wait on all levels.</summary>
    public int Waiting
    {
        get
        {
            var sum = 0;
            for (var i = 0; i < _waiting.Length; i++)
                sum += Volatile.Read(ref _waiting[i]);
            return sum;
        }
    }

    /// <summary>The place of a call. A model without levels has one for all, whatever they ask for.</summary>
    /// <exception cref="OnnxInputException">It names a level that there is not.</exception>
    public QueuePlace PlaceOf(ModelCall call)
    {
        var levels = _batching.PriorityLevels;
        if (levels == 0)
            return new QueuePlace(0, _batching.Queue, call.QueueTimeout);
        if (call.Priority < 0 || call.Priority > levels)
            throw new OnnxInputException($"The model '{model.Name}' was called with the priority {call.Priority}; it must be from 1, the most urgent, to {levels}, or 0 for {_batching.DefaultPriorityLevel}.");
        var level = call.Priority == 0 ? _batching.DefaultPriorityLevel : (int)call.Priority;
        return new QueuePlace(level, _batching.LevelQueues.GetValueOrDefault(level) ?? _batching.Queue, call.QueueTimeout);
    }

    /// <summary>A call gets in line. It counts once, however many parts it has.</summary>
    /// <exception cref="BackPressureException">As many wait as may.</exception>
    public QueueTicket Enter(QueuePlace place)
    {
        var most = place.Policy.MaxSize;
        if (Interlocked.Increment(ref _waiting[place.Level]) <= most || most == 0)
            return new QueueTicket(this, place);
        Leave(place.Level);
        throw new BackPressureException(
            $"The queue of the model '{model.Name}'{(place.Level > 0 ? $" for priority {place.Level}" : "")} is full: {most} calls wait, as many as its 'max_queue_size' allows.");
    }

    public void Leave(int level) => Interlocked.Decrement(ref _waiting[level]);
}

/// <summary>A call that is counted as one that waits, until its first part runs or it goes.</summary>
internal sealed class QueueTicket(QueueRules rules, QueuePlace place)
{
    private bool _hasLeft;

    public QueuePlace Place { get; } = place;

    /// <summary>It waits no longer. Only the first time counts.</summary>
    public void Leave()
    {
        if (!Interlocked.Exchange(ref _hasLeft, true))
            rules.Leave(Place.Level);
    }
}

/// <summary>Where a call stands in line.</summary>
/// <param name="Level">Its level of priority, from 1; 0 where there are none.</param>
/// <param name="Policy">The rules of that level.</param>
/// <param name="Asked">The timeout that the call asks for, or zero.</param>
internal readonly record struct QueuePlace(int Level, QueuePolicy Policy, TimeSpan Asked)
{
    private TimeSpan Timeout => Policy.TimeoutFor(Asked);

    /// <summary>After which wait it is refused; zero: never.</summary>
    public TimeSpan RefusedAfter => Policy.DelaysLateOnes ? TimeSpan.Zero : Timeout;

    /// <summary>Its place in a batch.</summary>
    public BatchPriority Priority => new(Math.Max(0, Level - 1)) { LateAfter = Policy.DelaysLateOnes ? Timeout : TimeSpan.Zero };
}
