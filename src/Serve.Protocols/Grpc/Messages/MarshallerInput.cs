using System.Buffers;
using Grpc.Core;

namespace Serve.Grpc;

/// <summary>Gives a message to a marshaller. Used again by the same thread, since reading never waits.</summary>
internal sealed class MarshallerInput : DeserializationContext
{
    [ThreadStatic]
    private static MarshallerInput? _kept;

    private ReadOnlySequence<byte> _bytes;

    public override int PayloadLength => (int)_bytes.Length;

    public static MarshallerInput Rent(in ReadOnlySequence<byte> bytes)
    {
        var input = _kept ?? new MarshallerInput();
        _kept = null;
        input._bytes = bytes;
        return input;
    }

    public override byte[] PayloadAsNewBuffer() => _bytes.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _bytes;

    public void Return()
    {
        _bytes = default;
        _kept = this;
    }
}
