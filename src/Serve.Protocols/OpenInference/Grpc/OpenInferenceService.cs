using Google.Protobuf;
using Grpc.Core;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.OpenInference.Grpc;

/// <summary>The calls of <c>inference.GRPCInferenceService</c> that tell about server and models. Those that run models have codecs of their own (<see cref="InferMethods"/>).</summary>
/// <param name="server">The models.</param>
/// <param name="options">How the protocol is spoken.</param>
internal sealed partial class OpenInferenceService(IInferenceServer server, OpenInferenceOptions options) : GRPCInferenceService.GRPCInferenceServiceBase
{
    private static readonly JsonParser ConfigParser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) => Task.FromResult(new ServerLiveResponse { Live = true });

    public override async Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        new() { Ready = await server.IsReadyAsync(context.CancellationToken) };

    public override async Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context)
    {
        try
        {
            return new() { Ready = await server.IsModelReadyAsync(NameOf(request.Name), VersionOf(request.Version), context.CancellationToken) };
        }
        catch (ServeException e) when (options.TritonStrict && e.Error is ServeError.NoRoute or ServeError.Unavailable)
        {
            return new() { Ready = false };
        }
    }

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context)
    {
        var response = new ServerMetadataResponse { Name = server.Server.Name, Version = server.Server.Version };
        response.Extensions.AddRange(ProtocolExtensions.Of(server));
        return Task.FromResult(response);
    }

    public override async Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context)
    {
        var model = await server.DescribeAsync(NameOf(request.Name), VersionOf(request.Version), context.CancellationToken);
        var response = new ModelMetadataResponse { Name = model.Name, Platform = model.Platform };
        response.Versions.AddRange(model.Versions);
        response.Inputs.AddRange(model.Inputs.Select(Describe));
        response.Outputs.AddRange(model.Outputs.Select(Describe));
        foreach (var (key, value) in model.Properties)
            response.Properties.Add(key, value);
        return response;
    }

    public override async Task<ModelConfigResponse> ModelConfig(ModelConfigRequest request, ServerCallContext context)
    {
        var config = await server.GetConfigAsync(NameOf(request.Name), VersionOf(request.Version), context.CancellationToken);
        return new ModelConfigResponse { Config = ConfigParser.Parse<ModelConfig>(config.ToJsonString()) };
    }

    public override async Task<ModelStatisticsResponse> ModelStatistics(ModelStatisticsRequest request, ServerCallContext context)
    {
        var statistics = await server.GetStatisticsAsync(VersionOf(request.Name), VersionOf(request.Version), context.CancellationToken);
        var response = new ModelStatisticsResponse();
        response.ModelStats.AddRange(statistics.Select(StatisticsMessages.Of));
        return response;
    }

    private static ModelMetadataResponse.Types.TensorMetadata Describe(TensorDescription tensor)
    {
        var metadata = new ModelMetadataResponse.Types.TensorMetadata { Name = tensor.Name, Datatype = TensorDataTypes.NameOf(tensor.DataType) };
        metadata.Shape.AddRange(tensor.Shape);
        return metadata;
    }

    /// <exception cref="ServeException">There is no name.</exception>
    private static string NameOf(string name, string field = "name") => name.Length > 0 ? name : throw TensorRules.Wrong($"{field} is empty; it names the model.");

    /// <summary>In messages an empty text is none.</summary>
    private static string? VersionOf(string version) => version.Length == 0 ? null : version;
}
