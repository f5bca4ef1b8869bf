using System.IO.Compression;
using Microsoft.Extensions.Logging;

namespace Serve.Grpc;

/// <summary>What is settled for all calls of a method.</summary>
internal sealed class MethodSettings(string service, string method, GrpcServiceOptions options, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Its path: <c>/package.Service/Method</c>.</summary>
    public string Path { get; } = $"/{service}/{method}";

    public int ReceiveLimit { get; } = options.MaxReceiveMessageSize ?? int.MaxValue;

    public int SendLimit { get; } = options.MaxSendMessageSize ?? int.MaxValue;

    /// <summary>Whether answers are compressed where the client takes that.</summary>
    public bool Compresses { get; } = options.ResponseCompressionAlgorithm == GrpcEncoding.Gzip;

    public CompressionLevel Level { get; } = options.ResponseCompressionLevel ?? CompressionLevel.Fastest;

    public bool TellsDetails { get; } = options.EnableDetailedErrors == true;

    public TimeProvider TimeProvider { get; } = timeProvider;

    public ILogger Logger { get; } = logger;
}
