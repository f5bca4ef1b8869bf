using System.IO.Compression;

namespace Serve.Grpc;

/// <summary>What holds for the methods of a gRPC service.</summary>
public sealed class GrpcServiceOptions
{
    /// <summary>The largest message in bytes that is taken, after decompression; null is any size.</summary>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>The largest message in bytes that is sent, before compression; null is any size.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>How messages are compressed for clients that accept it: <c>gzip</c>; null is not at all.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    /// <summary>How much work compression is; null is as fast as can be.</summary>
    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>Whether clients are told what an exception of the service says. Not for production: it tells internals.</summary>
    public bool? EnableDetailedErrors { get; set; }

    internal GrpcServiceOptions Clone() => (GrpcServiceOptions)MemberwiseClone();

    /// <exception cref="InvalidOperationException">A value can't be used.</exception>
    internal void Validate()
    {
        if (MaxReceiveMessageSize < 0)
            throw new InvalidOperationException($"{nameof(MaxReceiveMessageSize)} is {MaxReceiveMessageSize}, but can't be negative; null is any size.");
        if (MaxSendMessageSize < 0)
            throw new InvalidOperationException($"{nameof(MaxSendMessageSize)} is {MaxSendMessageSize}, but can't be negative; null is any size.");
        if (ResponseCompressionAlgorithm is not (null or GrpcEncoding.Identity or GrpcEncoding.Gzip))
            throw new InvalidOperationException($"{nameof(ResponseCompressionAlgorithm)} is '{ResponseCompressionAlgorithm}', but has to be {GrpcEncoding.All}.");
    }
}
