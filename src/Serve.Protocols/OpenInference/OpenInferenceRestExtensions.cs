using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serve.OpenInference.Rest;

namespace Serve.OpenInference;

/// <summary>Maps the Open Inference Protocol over REST.</summary>
public static class OpenInferenceRestExtensions
{
    /// <summary>
    /// Maps the protocol's paths below <c>/v2</c>, with Triton's extensions that are honoured. Called in <see cref="IIngress.Map"/> of the deployment that has the models:
    /// <code>public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapOpenInferenceRest&lt;Models&gt;();</code>
    /// </summary>
    /// <typeparam name="T">The deployment's class.</typeparam>
    /// <param name="endpoints">Where to map.</param>
    /// <param name="options">How the protocol is spoken, or null for the usual way.</param>
    public static IEndpointConventionBuilder MapOpenInferenceRest<T>(this IEndpointRouteBuilder endpoints, OpenInferenceOptions? options = null)
        where T : class, IInferenceServer
    {
        var settings = options ?? new OpenInferenceOptions();
        var group = endpoints.MapGroup("");
        group.WithTags("Open Inference Protocol");
        foreach (var route in RestRoutes.All)
        {
            var endpoint = group.MapMethods(route.Pattern, [route.Method], context => RestErrors.GuardAsync(new RestCall(context, context.RequestServices.GetRequiredService<T>(), settings), route.Handler));
            if (route.Curl is { } curl)
                endpoint.WithCurl(curl);
        }

        group.Map("/v2/{**path}", UnknownPath.InvokeAsync).ExcludeFromDescription();
        return group;
    }
}
