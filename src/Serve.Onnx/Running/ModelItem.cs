namespace Serve.Onnx.Running;

/// <summary>
/// A call on its way through the queue. It holds its inputs for as long as a run may read them, which may be longer than its caller waits; and what a run gives to one who has gone
/// is given back.
/// </summary>
internal sealed class ModelItem
{
    private readonly Lock _lock = new();
    private readonly long _since;
    private readonly Action<QueueTicket, long> _left;
    private readonly QueueTicket _ticket;
    private OnnxTensors? _result;
    private State _state;

    /// <param name="inputs">The inputs in the model's order; the item takes shares of their memory.</param>
    /// <param name="outputs">The names of the outputs that are wanted.</param>
    /// <param name="rows">The size of the batch dimension; 1 where there is none.</param>
    /// <param name="hasBatch">Whether there is one.</param>
    /// <param name="ticket">Where its call stands in line.</param>
    /// <param name="since">When it came, on the clock's own scale.</param>
    /// <param name="left">Called with its ticket and that when it waits no longer.</param>
    public ModelItem(IReadOnlyList<TensorBuffer> inputs, IReadOnlyList<string> outputs, long rows, bool hasBatch, QueueTicket ticket, long since, Action<QueueTicket, long> left)
    {
        _ticket = ticket;
        _since = since;
        _left = left;
        Inputs = Share(inputs);
        Outputs = outputs;
        Rows = rows;
        Key = hasBatch ? new ShapeKey(Inputs) : null;
    }

    private enum State
    {
        Waiting,
        Running,
        Ended,
        Abandoned,
    }

    /// <summary>Where it stands in line.</summary>
    public QueuePlace Place => _ticket.Place;

    public TensorBuffer[] Inputs { get; }

    public IReadOnlyList<string> Outputs { get; }

    public long Rows { get; }

    /// <summary>Which calls it may share a batch with; null where there is no batch dimension: with none.</summary>
    public ShapeKey? Key { get; }

    /// <summary>What went wrong with its run, for its batch to say; null where nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether its caller still waits for its run, which has begun.</summary>
    public bool IsWanted
    {
        get
        {
            lock (_lock)
                return _state == State.Running;
        }
    }

    /// <summary>A run begins that reads the inputs; false if the caller has gone, and the inputs with it.</summary>
    public bool TryStart()
    {
        lock (_lock)
        {
            if (_state != State.Waiting)
                return false;
            _state = State.Running;
        }

        _left(_ticket, _since);
        return true;
    }

    /// <summary>The run is over, whatever it gave.</summary>
    public void End(OnnxTensors? result)
    {
        lock (_lock)
        {
            if (_state == State.Running)
            {
                _state = State.Ended;
                _result = result;
                result = null;
            }
        }

        result?.Dispose();
        Release();
    }

    /// <summary>The run has failed.</summary>
    public void Fail(Exception failure)
    {
        Failure = failure;
        End(result: null);
    }

    /// <summary>The caller takes what the run gave; null if there was none, since the item had been taken out of the line in the moment in which its batch began.</summary>
    public OnnxTensors? Take()
    {
        lock (_lock)
        {
            var result = _result;
            _result = null;
            return result;
        }
    }

    /// <summary>Takes it out of the line; false if its run has begun, or it has gone.</summary>
    public bool TryGiveUp()
    {
        lock (_lock)
        {
            if (_state != State.Waiting)
                return false;
            _state = State.Abandoned;
        }

        _left(_ticket, _since);
        Release();
        return true;
    }

    /// <summary>The caller wants nothing more, or has all it wanted.</summary>
    public void Abandon()
    {
        if (TryGiveUp())
            return;
        OnnxTensors? result;
        lock (_lock)
        {
            _state = State.Abandoned;
            result = _result;
            _result = null;
        }

        result?.Dispose();
    }

    private static TensorBuffer[] Share(IReadOnlyList<TensorBuffer> inputs)
    {
        var shared = new TensorBuffer[inputs.Count];
        for (var i = 0; i < shared.Length; i++)
            shared[i] = inputs[i].Share();
        return shared;
    }

    private void Release()
    {
        foreach (var input in Inputs)
            input.Dispose();
    }
}
