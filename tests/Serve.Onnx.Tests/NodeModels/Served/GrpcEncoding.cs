using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>gRPC by an HTTP client: with the bytes of tensors beside them (raw), or their elements in the fields of their types (typed).</summary>
internal sealed class GrpcEncoding(HttpClient client, bool isRaw) : ITensorEncoding
{
    private const int PrefixLength = 5;

    public string Name => isRaw ? "gRPC raw" : "gRPC typed";

    public string? WhyNot(TensorDataType type) => !isRaw && type is TensorDataType.Float16 or TensorDataType.BFloat16 ? $"{TensorDataTypes.NameOf(type)} goes as bytes only" : null;

    public async Task<IReadOnlyList<NamedTensor>> InferAsync(string model, IReadOnlyList<NamedTensor> inputs)
    {
        var message = InferMessage.Write(model, inputs, isRaw);
        var framed = new byte[PrefixLength + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed, PrefixLength);
        using var content = new ByteArrayContent(framed);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, "inference.GRPCInferenceService/ModelInfer")
        {
            Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var answer = await client.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        var status = HeaderOf(answer, "grpc-status") ?? ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (status != "0")
            throw new ServedException(Uri.UnescapeDataString(HeaderOf(answer, "grpc-message") ?? $"status {status}"));
        BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)).ShouldBe(body.Length - PrefixLength);
        return InferMessage.Read(body[PrefixLength..]);
    }

    private static string? HeaderOf(HttpResponseMessage answer, string name) =>
        answer.TrailingHeaders.TryGetValues(name, out var trailers) || answer.Headers.TryGetValues(name, out trailers) ? trailers.First() : null;
}
