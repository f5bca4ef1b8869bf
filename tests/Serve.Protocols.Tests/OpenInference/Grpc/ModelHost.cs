using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Serve.OpenInference;
using Serve.OpenInference.Grpc.Messages;
using Serve.Protocols.Tests.Grpc;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>A web server with <see cref="TestModels"/>, and a client whose messages Google.Protobuf writes and reads.</summary>
internal sealed class ModelHost(GrpcHost host, TestModels models) : IAsyncDisposable
{
    public TestModels Models => models;

    public GrpcHost Host => host;

    public static async Task<ModelHost> StartAsync(TestModels? models = null, OpenInferenceOptions? options = null)
    {
        models ??= new TestModels();
        return new ModelHost(await GrpcHost.StartAsync(app => app.MapOpenInferenceGrpc<TestModels>(options), services => services.AddSingleton(models)), models);
    }

    public static string Path(string method) => $"/inference.GRPCInferenceService/{method}";

    public async Task<ModelInferResponse> InferAsync(ModelInferRequest request) => (await InferRawAsync(request.ToByteArray())).Single(ModelInferResponse.Parser);

    public Task<RawReply> InferRawAsync(byte[] message, params (string Name, string Value)[] headers) => host.CallRawAsync(Path("ModelInfer"), RawFrames.Frame(message), headers);

    public Task<RawReply> CallAsync(string method, IMessage request) => host.CallAsync(Path(method), request);

    public async Task<TResponse> CallAsync<TResponse>(string method, IMessage request, MessageParser<TResponse> parser)
        where TResponse : IMessage<TResponse> => (await CallAsync(method, request)).Single(parser);

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
