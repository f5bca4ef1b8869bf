using System.Buffers;
using Serve.Wire.Hop;

namespace Serve.Server.Proxy.Forwarding;

/// <summary>A connection of bytes both ways between client and replica, a WebSocket for instance. It lasts as long as both want; the request's time does not end it.</summary>
internal static class Conversation
{
    private const int BlockLength = 16 * 1024;

    /// <exception cref="HopResetException">The replica ended it, and not in the usual way.</exception>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public static async ValueTask RunAsync(HopStream stream, ProxyRequest request, Upgrade upgrade)
    {
        request.Deadline.Lift();
        await using var client = await upgrade.AcceptAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(request.Deadline.Token);
        var sending = SendAsync(client, stream, end.Token);
        try
        {
            await ReceiveAsync(stream, client, request.Deadline.Token);
        }
        catch (HopResetException) when (stream.ResetCode == HopResetCode.Cancelled && sending.IsCompleted)
        {
            // The client's end was told to the replica by that.
        }
        finally
        {
            await end.CancelAsync();
            await sending;
        }
    }

    /// <summary>Carries what the client says to the replica. Never throws: the stream is reset where the client fails.</summary>
    private static async Task SendAsync(Stream client, HopStream stream, CancellationToken cancellationToken)
    {
        var block = Array.Empty<byte>();
        try
        {
            while (true)
            {
                // A conversation may be silent for long, and holds no memory meanwhile.
                _ = await client.ReadAsync(Memory<byte>.Empty, cancellationToken);
                block = ArrayPool<byte>.Shared.Rent(BlockLength);
                var read = await client.ReadAsync(block, cancellationToken);
                if (read == 0)
                    break;
                await stream.WriteAsync(block.AsMemory(0, read), isComplete: false, cancellationToken);
                ArrayPool<byte>.Shared.Return(block);
                block = [];
            }

            await stream.CompleteAsync();
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            stream.Reset(HopResetCode.Cancelled, "the client has gone");
        }
        finally
        {
            if (block.Length > 0)
                ArrayPool<byte>.Shared.Return(block);
        }
    }

    private static async Task ReceiveAsync(HopStream stream, Stream client, CancellationToken cancellationToken)
    {
        var input = stream.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            foreach (var segment in read.Buffer)
                await client.WriteAsync(segment, cancellationToken);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
            await client.FlushAsync(cancellationToken);
        }
    }
}
