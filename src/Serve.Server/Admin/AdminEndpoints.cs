using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Admin;

/// <summary>The admin API: Ray Serve's resource of all applications, and one of each.</summary>
internal sealed class AdminEndpoints(AdminOptions options, ControllerActor controller, ILogSource logs)
{
    private const int DefaultTail = 100;
    private const int MaxTail = 100_000;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/serve/applications/", GetAll);
        endpoints.MapPut("/api/serve/applications/", PutAllAsync);
        endpoints.MapDelete("/api/serve/applications/", DeleteAllAsync);
        endpoints.MapGet("/api/serve/applications/{name}", GetOne);
        endpoints.MapDelete("/api/serve/applications/{name}", DeleteOneAsync);
        endpoints.MapGet("/api/serve/logs/{name}", ReadLogsAsync);
        endpoints.MapPost("/api/serve/shutdown", Shutdown);
    }

    private Task GetAll(HttpContext context) => context.Response.WriteAsJsonAsync(DetailsBuilder.Build(controller.State, options.With(controller.State)), AdminJson.Default.InstanceDetails);

    private Task GetOne(HttpContext context) => controller.State.Applications.TryGetValue(NameOf(context), out var application)
        ? context.Response.WriteAsJsonAsync(DetailsBuilder.Build(application), AdminJson.Default.ApplicationDetails)
        : FailAsync(context, StatusCodes.Status404NotFound, $"There is no application '{NameOf(context)}'.");

    private async Task PutAllAsync(HttpContext context)
    {
        ConfigNode document;
        try
        {
            using var json = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            document = ConfigNode.FromJson(json.RootElement);
        }
        catch (JsonException exception)
        {
            await FailAsync(context, StatusCodes.Status400BadRequest, $"The body is not JSON: {exception.Message}");
            return;
        }

        var (config, errors) = SpecValidator.Read(document);
        if (errors.Count > 0)
        {
            await FailAsync(context, StatusCodes.Status400BadRequest, $"The document has {errors.Count} errors; nothing was changed.", [.. errors.Select(error => error.ToString())]);
            return;
        }

        var problem = await controller.AskAsync(ticket => new Deploy(ticket, config.Applications, IsWhole: true), context.RequestAborted);
        await ReplyAsync(context, problem, $"{config.Applications.Count} applications are being deployed.", ListenerWarnings.Of(config, options.With(controller.State)));
    }

    private async Task DeleteAllAsync(HttpContext context)
    {
        var problem = await controller.AskAsync(static ticket => new DeleteEverything(ticket), context.RequestAborted);
        await ReplyAsync(context, problem, "All applications are being deleted.");
    }

    private async Task DeleteOneAsync(HttpContext context)
    {
        var name = NameOf(context);
        var problem = await controller.AskAsync(ticket => new DeleteApplication(ticket, name), context.RequestAborted);
        await ReplyAsync(context, problem, $"Application '{name}' is being deleted.");
    }

    private async Task ReadLogsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var tail = int.TryParse(query["tail"], out var lines) ? Math.Clamp(lines, 0, MaxTail) : DefaultTail;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.StartAsync(context.RequestAborted);
        await foreach (var line in logs.ReadAsync(NameOf(context), query["deployment"], query["replica"], tail, query["follow"] == "true", context.RequestAborted))
            await context.Response.WriteAsync(line + "\n", context.RequestAborted);
    }

    private async Task Shutdown(HttpContext context)
    {
        await ReplyAsync(context, problem: null, "The server is ending.");
        await context.Response.CompleteAsync();
        options.Shutdown();
    }

    private static string NameOf(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    private static Task ReplyAsync(HttpContext context, RequestProblem? problem, string message, IReadOnlyList<string>? warnings = null) => problem switch
    {
        null => context.Response.WriteAsJsonAsync(new AdminReply(message, warnings), AdminJson.Default.AdminReply),
        { Kind: RequestProblemKind.NotFound } => FailAsync(context, StatusCodes.Status404NotFound, problem.Message),
        _ => FailAsync(context, StatusCodes.Status409Conflict, problem.Message),
    };

    private static Task FailAsync(HttpContext context, int status, string message, IReadOnlyList<string>? errors = null)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new AdminError(message, errors), AdminJson.Default.AdminError);
    }
}
