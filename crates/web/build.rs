//! Turns `locales/en.ftl` into functions on `Tr`, so that a wrong key or a missing argument is an
//! error of the compiler.
//!
//! `orders-found = { $n -> … }` becomes `tr.orders_found(n)`. Arguments stand in alphabetical
//! order, so that rewording a text cannot swap them. A message without arguments becomes a
//! function that gives `&str` and costs nothing to call.

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

type Patterns<'a> = BTreeMap<String, &'a Pattern<String>>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=locales/en.ftl");
    println!("cargo:rerun-if-changed=build.rs");
    let source = std::fs::read_to_string("locales/en.ftl")?;
    let resource = fluent_syntax::parser::parse(source)
        .map_err(|(_, errors)| format!("locales/en.ftl: {errors:?}"))?;
    let mut messages = Patterns::new();
    let mut terms = Patterns::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(m) => {
                if let Some(pattern) = &m.value
                    && messages.insert(m.id.name.clone(), pattern).is_some()
                {
                    return Err(format!("locales/en.ftl: {} stands twice", m.id.name).into());
                }
            }
            Entry::Term(t) => {
                terms.insert(format!("-{}", t.id.name), &t.value);
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Junk { content } => {
                return Err(format!("locales/en.ftl: cannot read {content:?}").into());
            }
        }
    }

    let mut plain = String::new();
    let mut functions = String::new();
    let mut count = 0_usize;
    for (key, pattern) in &messages {
        let mut arguments = BTreeSet::new();
        collect(pattern, &messages, &terms, &mut arguments);
        let name = key.replace('-', "_");
        if arguments.is_empty() {
            writeln!(plain, "    {key:?},")?;
            writeln!(
                functions,
                "    /// Text `{key}`.\n    pub fn {name}(&self) -> &str {{\n        self.plain({count})\n    }}"
            )?;
            count += 1;
        } else {
            let inputs: Vec<String> = arguments
                .iter()
                .map(|a| format!("{}: impl Arg", a.replace('-', "_")))
                .collect();
            let values: Vec<String> = arguments
                .iter()
                .map(|a| format!("({a:?}, {}.value())", a.replace('-', "_")))
                .collect();
            writeln!(
                functions,
                "    /// Text `{key}`.\n    pub fn {name}(&self, {}) -> String {{\n        self.filled({key:?}, [{}])\n    }}",
                inputs.join(", "),
                values.join(", ")
            )?;
        }
    }
    let out = format!(
        "/// Keys of messages without arguments; a language keeps their texts in this order.\n\
         pub(super) const PLAIN: [&str; {count}] = [\n{plain}];\n\nimpl Tr {{\n{functions}}}\n"
    );
    std::fs::write(
        Path::new(&std::env::var("OUT_DIR")?).join("messages.rs"),
        out,
    )?;
    Ok(())
}

fn collect(
    pattern: &Pattern<String>,
    messages: &Patterns<'_>,
    terms: &Patterns<'_>,
    out: &mut BTreeSet<String>,
) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            from_expression(expression, messages, terms, out);
        }
    }
}

fn from_expression(
    expression: &Expression<String>,
    messages: &Patterns<'_>,
    terms: &Patterns<'_>,
    out: &mut BTreeSet<String>,
) {
    match expression {
        Expression::Inline(inline) => from_inline(inline, messages, terms, out),
        Expression::Select { selector, variants } => {
            from_inline(selector, messages, terms, out);
            for variant in variants {
                collect(&variant.value, messages, terms, out);
            }
        }
    }
}

fn from_inline(
    inline: &InlineExpression<String>,
    messages: &Patterns<'_>,
    terms: &Patterns<'_>,
    out: &mut BTreeSet<String>,
) {
    match inline {
        InlineExpression::VariableReference { id } => {
            out.insert(id.name.clone());
        }
        InlineExpression::MessageReference { id, .. } => {
            if let Some(pattern) = messages.get(&id.name) {
                collect(pattern, messages, terms, out);
            }
        }
        InlineExpression::TermReference { id, .. } => {
            if let Some(pattern) = terms.get(&format!("-{}", id.name)) {
                collect(pattern, messages, terms, out);
            }
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                from_inline(argument, messages, terms, out);
            }
        }
        InlineExpression::Placeable { expression } => {
            from_expression(expression, messages, terms, out);
        }
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
    }
}
