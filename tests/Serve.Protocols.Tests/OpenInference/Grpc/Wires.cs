using System.IO.Pipelines;
using Serve.OpenInference.Grpc;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Has messages read and written over pipes.</summary>
internal static class Wires
{
    /// <summary>Reads a message that is there at once.</summary>
    public static async Task<InferCall> ReadAsync(byte[] message, int limit = int.MaxValue)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, minimumSegmentSize: Math.Max(1, message.Length)));
        await pipe.Writer.WriteAsync(message);
        await pipe.Writer.CompleteAsync();
        return await new InferRequestReader(answersFailures: false, limit).ReadAsync(pipe.Reader, message.Length, CancellationToken.None);
    }

    /// <summary>Reads a message that comes in pieces, through a window that is much smaller than the message, with another one behind it.</summary>
    public static async Task<InferCall> ReadInPiecesAsync(byte[] message, Random random, bool answersFailures = false, int limit = int.MaxValue)
    {
        byte[] behind = [1, 2, 3];
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 64 << 10, resumeWriterThreshold: 32 << 10, minimumSegmentSize: 16));
        var sending = SendAsync(pipe.Writer, (byte[])[.. message, .. behind], random);
        InferCall? call = null;
        try
        {
            call = await new InferRequestReader(answersFailures, limit).ReadAsync(pipe.Reader, message.Length, CancellationToken.None);
        }
        finally
        {
            // All of the message is consumed and nothing behind it, also where it is wrong.
            var rest = await pipe.Reader.ReadAtLeastAsync(behind.Length + 1);
            var left = rest.Buffer.Length == behind.Length ? rest.Buffer.FirstSpan[0] : -1;
            pipe.Reader.AdvanceTo(rest.Buffer.End);
            await sending;
            if (left != behind[0])
            {
                call?.Dispose();
                Assert.Fail($"{rest.Buffer.Length} bytes are left behind the message.");
            }
        }

        return call;
    }

    public static async Task<byte[]> WriteAsync(InferAnswer answer)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var size = InferResponseWriter.SizeOf(answer);
        await InferResponseWriter.WriteAsync(pipe.Writer, answer, CancellationToken.None);
        await pipe.Writer.CompleteAsync();
        using var message = new MemoryStream();
        await pipe.Reader.CopyToAsync(message);
        message.Length.ShouldBe(size);
        return message.ToArray();
    }

    private static async Task SendAsync(PipeWriter writer, ReadOnlyMemory<byte> bytes, Random random)
    {
        var most = random.Next(3) switch { 0 => 3, 1 => 100, _ => 20000 };
        while (!bytes.IsEmpty)
        {
            var piece = Math.Min(bytes.Length, random.Next(1, most));
            await writer.WriteAsync(bytes[..piece]);
            bytes = bytes[piece..];
        }

        await writer.CompleteAsync();
    }
}
