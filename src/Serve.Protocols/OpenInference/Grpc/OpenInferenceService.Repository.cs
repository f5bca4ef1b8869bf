using Grpc.Core;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.OpenInference.Grpc;

/// <content>Which models there are, and loading and unloading them.</content>
internal sealed partial class OpenInferenceService
{
    public override async Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context)
    {
        CheckRepository(request.RepositoryName);
        var response = new RepositoryIndexResponse();
        foreach (var line in await ControlOf().GetIndexAsync(request.Ready, context.CancellationToken))
            response.Models.Add(new RepositoryIndexResponse.Types.ModelIndex { Name = line.Name, Version = line.Version, State = line.State, Reason = line.Reason });
        return response;
    }

    public override async Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request, ServerCallContext context)
    {
        CheckModel(request.ModelName, request.RepositoryName);
        var parameters = request.Parameters.Select(static parameter => KeyValuePair.Create(parameter.Key, ValueOf(parameter.Key, parameter.Value)));
        await ControlOf().LoadAsync(LoadParameters.Read(request.ModelName, parameters), context.CancellationToken);
        return new RepositoryModelLoadResponse();
    }

    /// <summary>No model depends on another, so that there is nothing more to do for <c>unload_dependents</c>, which clients send.</summary>
    public override async Task<RepositoryModelUnloadResponse> RepositoryModelUnload(RepositoryModelUnloadRequest request, ServerCallContext context)
    {
        CheckModel(request.ModelName, request.RepositoryName);
        await ControlOf().UnloadAsync(request.ModelName, context.CancellationToken);
        return new RepositoryModelUnloadResponse();
    }

    private IModelControl ControlOf() => server.Control
        ?? throw new ServeException(ServeError.Unavailable, "The models of this server can't be listed, loaded or unloaded by clients: it has no model_repository among the extensions that ServerMetadata tells.");

    private static object ValueOf(string name, ModelRepositoryParameter parameter) => parameter.ParameterChoiceCase switch
    {
        ModelRepositoryParameter.ParameterChoiceOneofCase.BoolParam => parameter.BoolParam,
        ModelRepositoryParameter.ParameterChoiceOneofCase.Int64Param => parameter.Int64Param,
        ModelRepositoryParameter.ParameterChoiceOneofCase.StringParam => parameter.StringParam,
        ModelRepositoryParameter.ParameterChoiceOneofCase.BytesParam => parameter.BytesParam.Memory,
        _ => throw TensorRules.Wrong($"parameters.{TensorRules.Shorten(name)} has no value; it needs one of bool_param, int64_param, string_param and bytes_param."),
    };

    private static void CheckModel(string model, string repository)
    {
        if (model.Length == 0 && repository.Length > 0)
            throw TensorRules.Wrong($"model_name (field 2) is empty, and repository_name (field 1) is '{TensorRules.Shorten(repository)}'. Clients made from KServe's .proto have the model's name in field 1: use Triton's.");
        NameOf(model, "model_name");
        CheckRepository(repository);
    }

    private static void CheckRepository(string repository)
    {
        if (repository.Length > 0)
            throw Unimplemented($"repository_name is '{TensorRules.Shorten(repository)}', but there is one repository only; leave it empty.");
    }

    private static RpcException Unimplemented(string message) => new(new RpcStatus(StatusCode.Unimplemented, message));
}
