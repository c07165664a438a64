// The form that asks for the server's token.
import { api, ApiError } from "./api";
import { errorText, h } from "./dom";
import { icon } from "./icons";

export function signInForm(done: () => void): HTMLElement {
  const input = h("input", { type: "password", id: "token", autocomplete: "current-password", required: true });
  const error = h("p.error-text", { role: "alert" });
  const submit = h("button.primary", null, "Sign in");
  submit.type = "submit";
  const form = h(
    "form.sign-in",
    { "aria-labelledby": "sign-in-title" },
    h("h1", { id: "sign-in-title" }, "Sign in"),
    h("p.quiet", null, "This server asks for the token that it was started with."),
    h("label.field", null, "Token", input),
    error,
    h("div", null, submit),
  );
  form.prepend(icon("image"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    submit.disabled = true;
    try {
      await api.signIn(input.value.trim());
      done();
    } catch (reason) {
      const isWrong = reason instanceof ApiError && reason.status === 401;
      error.textContent = isWrong ? "This is not the server's token." : errorText(reason);
      input.select();
    } finally {
      submit.disabled = false;
    }
  });
  queueMicrotask(() => input.focus());
  return form;
}
