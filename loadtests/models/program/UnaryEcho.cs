using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Load.Models;

/// <summary>A unary call on bare Kestrel: HTTP/2 without TLS, a message of the length that its prefix says, the same back, and the status as a trailer. No gRPC layer could do less.</summary>
internal static class UnaryEcho
{
    private const int PrefixLength = 5;

    public static void Run(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(AnswerAsync);
        app.Run();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var read = await reader.ReadAsync();
        while (!IsWhole(read.Buffer))
        {
            if (read.IsCompleted)
                throw new InvalidDataException("The message is cut off.");
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await reader.ReadAsync();
        }

        context.Response.ContentType = "application/grpc";
        var length = (int)read.Buffer.Length;
        read.Buffer.CopyTo(context.Response.BodyWriter.GetSpan(length));
        context.Response.BodyWriter.Advance(length);
        reader.AdvanceTo(read.Buffer.End);
        await context.Response.BodyWriter.FlushAsync();
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private static bool IsWhole(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < PrefixLength)
            return false;
        Span<byte> prefix = stackalloc byte[PrefixLength];
        buffer.Slice(0, PrefixLength).CopyTo(prefix);
        return buffer.Length >= PrefixLength + BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
    }
}
