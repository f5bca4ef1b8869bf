using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Admin;

/// <summary>The part of the admin API that is about the whole server: Ray Serve's resource of all applications, its version, logs, the end.</summary>
internal sealed class AdminEndpoints(AdminOptions options, ControllerActor controller, ILogSource logs)
{
    private const int DefaultTail = 100;
    private const int MaxTail = 100_000;

    /// <summary>The Ray whose interface this is.</summary>
    private const string RayVersion = "2.55.0";

    /// <summary>The version that Ray gives to its interface for jobs and applications.</summary>
    private const string RayInterfaceVersion = "4";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/serve/applications/", GetAll);
        endpoints.MapPut("/api/serve/applications/", PutAllAsync);
        endpoints.MapDelete("/api/serve/applications/", DeleteAllAsync);
        endpoints.MapGet("/api/ray/version", GetVersion);
        endpoints.MapGet("/api/serve/logs/{name}", ReadLogsAsync);
        endpoints.MapPost("/api/serve/shutdown", Shutdown);
    }

    private Task GetAll(HttpContext context)
    {
        var source = context.Request.Query["api_type"].ToString();
        if (source is not ("" or ApplicationDetails.DeclarativeSource or ApplicationDetails.ImperativeSource))
            return AdminAnswer.RefuseAsync(context, new Refusal(StatusCodes.Status400BadRequest, $"api_type is '{source}'; it must be {ApplicationDetails.DeclarativeSource} or {ApplicationDetails.ImperativeSource}."));
        var details = DetailsBuilder.Build(controller.State, options, application => source.Length == 0 || application.Source == source);
        return context.Response.WriteAsJsonAsync(details, AdminJson.Default.InstanceDetails);
    }

    private Task GetVersion(HttpContext context) => context.Response.WriteAsJsonAsync(
        new VersionReply(RayInterfaceVersion, RayVersion, RayCommit: "", options.Node, DetailsBuilder.Version), AdminJson.Default.VersionReply);

    private async Task PutAllAsync(HttpContext context)
    {
        var (body, refusal) = await JsonBody.ReadObjectAsync(context);
        if (refusal is not null)
        {
            await AdminAnswer.RefuseAsync(context, refusal);
            return;
        }

        var (config, errors, warnings) = SpecValidator.Read(ConfigNode.FromJson(JsonSerializer.SerializeToElement(body!)));
        if (errors.Count > 0)
        {
            var message = $"The document has {errors.Count} {(errors.Count == 1 ? "error" : "errors")}; nothing was changed.";
            await AdminAnswer.RefuseAsync(context, new Refusal(StatusCodes.Status400BadRequest, message, [.. errors.Select(error => error.ToString())]));
            return;
        }

        var problem = await controller.AskAsync(
            ticket => new Deploy(ticket, config.Applications, IsWhole: true, Requester.Of(context.Request)) { Cluster = new ClusterOptions(config.TargetCapacity, config.Logging, config.Telemetry) },
            context.RequestAborted);
        await AdminAnswer.SendAsync(
            context,
            RefusalOf(problem),
            $"{config.Applications.Count} applications are being deployed.",
            [
                .. warnings.Select(warning => warning.ToString()),
                .. ListenerWarnings.Of(config, DetailsBuilder.ProxyFor(controller.State, options)),
            ]);
    }

    private async Task DeleteAllAsync(HttpContext context)
    {
        var problem = await controller.AskAsync(static ticket => new DeleteEverything(ticket), context.RequestAborted);
        await AdminAnswer.SendAsync(context, RefusalOf(problem), "All applications are being deleted.");
    }

    private async Task ReadLogsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var tail = int.TryParse(query["tail"], out var lines) ? Math.Clamp(lines, 0, MaxTail) : DefaultTail;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.StartAsync(context.RequestAborted);
        await foreach (var line in logs.ReadAsync(ApplicationEndpoints.NameOf(context), query["deployment"], query["replica"], tail, query["follow"] == "true", context.RequestAborted))
            await context.Response.WriteAsync(line + "\n", context.RequestAborted);
    }

    private async Task Shutdown(HttpContext context)
    {
        await AdminAnswer.SendAsync(context, refusal: null, "The server is ending.");
        await context.Response.CompleteAsync();
        options.Shutdown();
    }

    private static Refusal? RefusalOf(RequestProblem? problem) => problem is null ? null : Refusal.Of(problem);
}
