using System.Buffers;
using System.IO.Pipelines;

namespace Serve.Wire.Payloads;

/// <summary>Reads what <see cref="ItemSender"/> sends. What has arrived is read item by item without waiting, and given back to the sender as a whole.</summary>
internal sealed class ItemReader<T>(PipeReader input)
{
    private ReadOnlySequence<byte> _buffer;
    private bool _isReading;

    /// <summary>The item, after <see cref="TryMoveNext"/> or <see cref="MoveNextAsync"/> was true.</summary>
    public T Current { get; private set; } = default!;

    /// <summary>Whether the end has been read.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Reads the next item where all of it is there.</summary>
    /// <exception cref="ServeException">The sender failed.</exception>
    /// <exception cref="InvalidDataException">It is no item.</exception>
    public bool TryMoveNext()
    {
        if (IsAtEnd || _buffer.IsEmpty)
            return false;
        var bytes = _buffer.FirstSpan;
        switch ((StreamItem)bytes[0])
        {
            case StreamItem.Item:
                var rest = bytes[1..];
                if (!PayloadReader.TryReadValue<T>(ref rest, out var item))
                    return false;
                Current = item!;
                _buffer = _buffer.Slice(bytes.Length - rest.Length);
                return true;
            case StreamItem.End:
                IsAtEnd = true;
                _buffer = _buffer.Slice(1);
                return false;
            case StreamItem.Failure:
                return false;
            default:
                throw new InvalidDataException($"A stream has an item of unknown kind {bytes[0]}.");
        }
    }

    /// <summary>Reads the next item, waiting for it.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="ServeException">The sender failed.</exception>
    /// <exception cref="InvalidDataException">It is no item.</exception>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        while (!TryMoveNext())
        {
            if (IsAtEnd)
                return false;
            // What is left of the buffer is a part of an item, or an item in parts.
            var left = GiveBack();
            if (left > 0)
                return await ReadInPartsAsync(cancellationToken);
            var result = await input.ReadAsync(cancellationToken);
            if (result.IsCanceled)
                throw new OperationCanceledException();
            if (result.Buffer.IsEmpty && result.IsCompleted)
                throw new EndOfStreamException("A stream ended without its end.");
            _buffer = result.Buffer;
            _isReading = true;
        }

        return true;
    }

    private long GiveBack()
    {
        if (!_isReading)
            return 0;
        var left = _buffer.Length;
        input.AdvanceTo(_buffer.Start);
        _buffer = default;
        _isReading = false;
        return left;
    }

    private async ValueTask<bool> ReadInPartsAsync(CancellationToken cancellationToken)
    {
        var kind = new byte[1];
        await input.FillAsync(kind, cancellationToken);
        if (kind[0] == (byte)StreamItem.Failure)
            throw (await CallFailure.ReadAsync(input, cancellationToken)).ToException();
        Current = (await PayloadReader.ReadValueAsync<T>(input, cancellationToken))!;
        return true;
    }
}
