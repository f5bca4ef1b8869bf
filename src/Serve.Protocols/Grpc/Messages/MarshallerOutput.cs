using System.Buffers;
using Grpc.Core;

namespace Serve.Grpc;

/// <summary>Takes a message from a marshaller. Used again by the same thread, since writing never waits.</summary>
internal sealed class MarshallerOutput : SerializationContext
{
    [ThreadStatic]
    private static MarshallerOutput? _kept;

    private IBufferWriter<byte>? _output;
    private PooledBuffer? _gathered;
    private int _limit;
    private int? _announced;
    private bool _hasPrefix;
    private bool _isComplete;

    public static MarshallerOutput Rent()
    {
        var output = _kept ?? new MarshallerOutput();
        _kept = null;
        return output;
    }

    public void Return()
    {
        _gathered?.Dispose();
        _gathered = null;
        _output = null;
        _announced = null;
        _isComplete = false;
        _kept = this;
    }

    /// <summary>The message goes there with its prefix.</summary>
    public void Begin(IBufferWriter<byte> output, int limit) => (_output, _limit, _hasPrefix) = (output, limit, true);

    /// <summary>The message goes there without one.</summary>
    public void BeginBare(IBufferWriter<byte> output, int limit) => (_output, _limit, _hasPrefix) = (output, limit, false);

    public override void SetPayloadLength(int payloadLength)
    {
        Check(payloadLength);
        _announced = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        // A prefix needs the length; where it is not known the message has to wait for it.
        if (_hasPrefix && _announced is not { })
            return _gathered ??= new PooledBuffer();
        if (_hasPrefix)
            WritePrefix(_announced!.Value);
        return _output!;
    }

    public override void Complete() => _isComplete = true;

    public override void Complete(byte[] payload)
    {
        Put(payload);
        _isComplete = true;
    }

    /// <exception cref="InvalidOperationException">The marshaller has not said that it is done.</exception>
    public void End()
    {
        if (!_isComplete)
            throw new InvalidOperationException($"The marshaller did not call {nameof(SerializationContext)}.{nameof(Complete)}, so the message may not be whole.");
        if (_gathered is { } gathered)
            Put(gathered.Written.Span);
    }

    private void Put(ReadOnlySpan<byte> message)
    {
        Check(message.Length);
        if (_hasPrefix)
            WritePrefix(message.Length);
        _output!.Write(message);
    }

    private void WritePrefix(int length)
    {
        MessagePrefix.Write(_output!, length, isCompressed: false);
        _hasPrefix = false;
    }

    private void Check(int length)
    {
        if (length > _limit)
            throw MessageError.TooLargeToSend(_limit, length);
    }
}
