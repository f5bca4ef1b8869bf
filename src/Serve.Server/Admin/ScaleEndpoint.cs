using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Admin;
using Serve.Identity;
using Serve.Server.Controller;

namespace Serve.Server.Admin;

/// <summary>
/// Sets the number of replicas of one deployment, with the path, body and answers of Ray Serve: a program outside may do so where the application
/// says <c>external_scaler_enabled</c>, an operator (<c>?manual=true</c>) always.
/// </summary>
internal sealed class ScaleEndpoint(ControllerActor controller)
{
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/v1/applications/{name}/deployments/{deployment}/scale", ScaleAsync);

    private async Task ScaleAsync(HttpContext context)
    {
        var (application, deployment) = (ApplicationEndpoints.NameOf(context), ApplicationEndpoints.NameOf(context, "deployment"));
        var (body, refusal) = await JsonBody.ReadObjectAsync(context);
        var replicas = 0;
        var isManual = false;
        refusal ??= WhatIsWrong(body!, out replicas);
        refusal ??= WhatIsWrong(context.Request.Query, out isManual);
        refusal ??= await AskAsync(context, ticket => new ScaleDeployment(ticket, application, deployment, replicas, Requester.Of(context.Request)) { IsByScaler = !isManual });
        await AdminAnswer.SendAsync(context, refusal, $"Deployment '{deployment}' of application '{application}' is being scaled to {replicas} replicas.", WarningsOf(application, deployment, replicas));
    }

    /// <summary>Whoever says 0 means it; but nobody shall wait for load to bring a deployment back that load does not scale.</summary>
    private IReadOnlyList<string>? WarningsOf(string application, string deployment, int replicas) =>
        replicas == 0 && controller.State.Find(new DeploymentId(application, deployment)) is { Target.Spec.Autoscaling: null } && controller.State.Applications[application] is { Spec.IsExternallyScaled: false }
            ? ["Its requests wait, as long as they may, until somebody scales it up again; to be started by them, it needs an autoscaling_config with min_replicas: 0."]
            : null;

    private static Refusal? WhatIsWrong(System.Text.Json.Nodes.JsonObject body, out int replicas)
    {
        const string Key = "target_num_replicas";
        replicas = 0;
        var others = body.Select(pair => pair.Key).Where(key => key != Key).ToList();
        if (others.Count > 0)
            return Wrong($"There is no key '{others[0]}' here; the body is {{\"{Key}\": n}}.");
        if (body[Key] is not { } value)
            return Wrong($"The key '{Key}' is missing; the body is {{\"{Key}\": n}}.");
        if (value.GetValueKind() != JsonValueKind.Number || !value.AsValue().TryGetValue(out replicas))
            return Wrong($"{Key} is {value.ToJsonString()}; it must be a whole number.");
        return replicas is >= ScaleDeployment.Fewest and <= ScaleDeployment.Most
            ? null
            : Wrong($"{Key} is {replicas}; it must be between {ScaleDeployment.Fewest} and {ScaleDeployment.Most}.");
    }

    private static Refusal? WhatIsWrong(IQueryCollection query, out bool isManual)
    {
        isManual = false;
        if (query.Keys.FirstOrDefault(static key => key != AdminClient.ManualKey) is { } other)
            return Wrong($"There is no parameter '{other}' here; there is {AdminClient.ManualKey}=true.");
        return query[AdminClient.ManualKey].ToString() is var value && (value.Length == 0 || bool.TryParse(value, out isManual))
            ? null
            : Wrong($"{AdminClient.ManualKey} is '{value}'; it must be true or false.");
    }

    private async Task<Refusal?> AskAsync(HttpContext context, Func<Ticket, ControllerMessage> message) =>
        await controller.AskAsync(message, context.RequestAborted) switch
        {
            null => null,
            // As in Ray: whoever scales something unknown has made a mistake in the request.
            { Kind: RequestProblemKind.NotFound } problem => Wrong(problem.Message),
            { } problem => Refusal.Of(problem),
        };

    private static Refusal Wrong(string message) => new(StatusCodes.Status400BadRequest, message);
}
