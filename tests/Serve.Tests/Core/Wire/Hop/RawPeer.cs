using System.Buffers.Binary;
using System.Net.Sockets;
using Serve.Wire.Hop;

namespace Serve.Tests.Core.Wire.Hop;

/// <summary>A peer that writes and reads frames by hand, rightly or wrongly.</summary>
internal sealed class RawPeer(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    public static RawPeer Connect(string socketPath)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        return new RawPeer(socket);
    }

    public static byte[] Hello(uint magic = HopLimits.Magic, ushort version = HopLimits.Version)
    {
        var payload = new byte[6];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, magic);
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(4), version);
        return Frame(HopFrameType.Hello, 0, payload);
    }

    public static byte[] Open(uint stream, ReadOnlySpan<byte> head = default, ReadOnlySpan<byte> inline = default, bool isComplete = true, HopKind kind = HopKind.Call) =>
        Frame(HopFrameType.Open, stream, [(byte)kind, 0, 0, 0, .. Number(head.Length), .. head, .. inline], isComplete);

    public static byte[] Frame(HopFrameType type, uint stream, ReadOnlySpan<byte> payload, bool isEnd = false)
    {
        var frame = new byte[HopFrame.HeaderLength + payload.Length];
        new HopFrame(payload.Length, type, isEnd ? HopFrameFlags.End : HopFrameFlags.None, stream).Write(frame);
        payload.CopyTo(frame.AsSpan(HopFrame.HeaderLength));
        return frame;
    }

    public static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    public async Task SendAsync(params byte[][] frames)
    {
        foreach (var frame in frames)
            await _stream.WriteAsync(frame);
    }

    /// <summary>Sends and does not mind that the other end has hung up.</summary>
    public async Task TrySendAsync(byte[] bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes);
        }
        catch (IOException)
        {
        }
    }

    /// <summary>The next frame, or null where the other end has hung up.</summary>
    public async Task<(HopFrame Frame, byte[] Payload)?> ReadAsync()
    {
        var header = new byte[HopFrame.HeaderLength];
        try
        {
            if (await _stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false) < header.Length)
                return null;
            var frame = HopFrame.Read(header);
            var payload = new byte[frame.Length];
            await _stream.ReadExactlyAsync(payload);
            return (frame, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads on until the other end hangs up, and returns why it said it does.</summary>
    public async Task<string?> ReadGoodbyeAsync()
    {
        string? reason = null;
        while (await ReadAsync() is var (frame, payload))
        {
            if (frame.Type == HopFrameType.GoAway)
                reason = System.Text.Encoding.UTF8.GetString(payload);
        }

        return reason;
    }

    public void Dispose() => _stream.Dispose();
}
