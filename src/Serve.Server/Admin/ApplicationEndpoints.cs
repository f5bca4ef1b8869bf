using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Admin;

/// <summary>One resource for each application, so that teams need not write each other's parts of one document.</summary>
internal sealed class ApplicationEndpoints(ControllerActor controller)
{
    /// <summary>How often a patch is laid over what somebody else has written meanwhile.</summary>
    private const int MaxPatchAttempts = 5;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        const string Path = "/api/serve/applications/{name}";
        endpoints.MapGet(Path, GetAsync);
        endpoints.MapPut(Path, PutAsync);
        endpoints.MapPatch(Path, PatchAsync);
        endpoints.MapDelete(Path, DeleteAsync);
    }

    /// <summary>The application that a path names. A slash in a name is escaped, and routing leaves that to us.</summary>
    public static string NameOf(HttpContext context, string part = "name") =>
        ((string)context.Request.RouteValues[part]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    public static Refusal Unknown(string name) => new(StatusCodes.Status404NotFound, $"There is no application '{name}'.");

    private Task GetAsync(HttpContext context)
    {
        var state = controller.State;
        if (state.Applications.GetValueOrDefault(NameOf(context)) is not { } application)
            return AdminAnswer.RefuseAsync(context, Unknown(NameOf(context)));
        if (!application.IsDeleting)
            context.Response.Headers.ETag = Preconditions.TagOf(application.Revision);
        return context.Response.WriteAsJsonAsync(ApplicationDetailsBuilder.Build(application, state), AdminJson.Default.ApplicationDetails);
    }

    private async Task PutAsync(HttpContext context)
    {
        var name = NameOf(context);
        var (precondition, wrongHeader) = Preconditions.Read(context.Request, name);
        var (body, wrongBody) = wrongHeader is null ? await JsonBody.ReadObjectAsync(context) : (null, wrongHeader);
        var (spec, warnings, wrongSpec) = wrongBody is null ? ReadSpec(body!, name) : (null, [], wrongBody);
        var refusal = wrongSpec ?? await SubmitAsync(context, spec!, precondition);
        await AdminAnswer.SendAsync(context, refusal, Deploying(name), warnings);
    }

    private async Task PatchAsync(HttpContext context)
    {
        var name = NameOf(context);
        var (precondition, wrongHeader) = Preconditions.Read(context.Request, name);
        var (patch, wrongBody) = wrongHeader is null ? await JsonBody.ReadObjectAsync(context) : (null, wrongHeader);
        var refusal = wrongBody ?? await PatchAsync(context, name, patch!, precondition);
        await AdminAnswer.SendAsync(context, refusal, Deploying(name));
    }

    private async Task<Refusal?> PatchAsync(HttpContext context, string name, JsonObject patch, Precondition? precondition)
    {
        for (var attempt = 0; attempt < MaxPatchAttempts; attempt++)
        {
            if (controller.State.Applications.GetValueOrDefault(name) is not { IsDeleting: false } application)
                return Unknown(name);
            var (spec, _, wrong) = ReadSpec(MergePatch.Apply(ConfigWriter.Write(application.Spec), patch), name);
            if (wrong is not null)
                return wrong;
            var refusal = await SubmitAsync(context, spec!, precondition ?? new Precondition(name, application.Revision));
            if (precondition is not null || refusal?.Status != StatusCodes.Status412PreconditionFailed)
                return refusal;
        }

        return new Refusal(StatusCodes.Status409Conflict, $"Application '{name}' was changed by others {MaxPatchAttempts} times while the patch was laid over it; try again.");
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var name = NameOf(context);
        var (precondition, refusal) = Preconditions.Read(context.Request, name);
        refusal ??= await AskAsync(context, ticket => new DeleteApplication(ticket, name) { Precondition = precondition });
        await AdminAnswer.SendAsync(context, refusal, $"Application '{name}' is being deleted.");
    }

    private Task<Refusal?> SubmitAsync(HttpContext context, ApplicationSpec spec, Precondition? precondition) =>
        AskAsync(context, ticket => new Deploy(ticket, [spec], IsWhole: false, Requester.Of(context.Request)) { Precondition = precondition });

    private async Task<Refusal?> AskAsync(HttpContext context, Func<Ticket, ControllerMessage> message) =>
        await controller.AskAsync(message, context.RequestAborted) is { } problem ? Refusal.Of(problem) : null;

    /// <summary>Checks the declaration of one application with the rules for a whole document.</summary>
    private static (ApplicationSpec? Spec, IReadOnlyList<string> Warnings, Refusal? Refusal) ReadSpec(JsonObject body, string name)
    {
        const string Prefix = "applications[0]";
        if (body.TryGetPropertyValue("name", out var given) && !JsonNode.DeepEquals(given, JsonValue.Create(name)))
            return (null, [], new Refusal(StatusCodes.Status400BadRequest, $"The body is for the application {given?.ToJsonString() ?? "null"}, the path for '{name}'; leave the name out of the body, or make both the same."));
        body["name"] = name;
        var document = new JsonObject { ["applications"] = new JsonArray(body) };
        var (config, errors, warnings) = SpecValidator.Read(ConfigNode.FromJson(JsonSerializer.SerializeToElement(document)));
        return errors.Count == 0
            ? (config.Applications[0], [.. warnings.Select(Text)], null)
            : (null, [], new Refusal(
                StatusCodes.Status400BadRequest,
                $"The application has {errors.Count} {(errors.Count == 1 ? "error" : "errors")}; nothing was changed.",
                [.. errors.Select(Text)]));

        static string Text(SpecError error) => (error with { Path = error.Path[Prefix.Length..].TrimStart('.') }).ToString();
    }

    private static string Deploying(string name) => $"Application '{name}' is being deployed.";
}
