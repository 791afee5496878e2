//! The fields of a server's registration form (XEP-0004). Its words are a stranger's: shown as text, and
//! short.

use engine::{Field, FieldKind, Picture as Bytes};
use iced::widget::{Column, Id, checkbox, column, svg, text_editor, text_input};
use iced::{Element, Fill};

use super::{Edit, Message};
use crate::icon::Icon;
use crate::image::UntrustedImage;
use crate::t;
use crate::text::untrusted;
use crate::theme::{self, Tone, space};
use crate::widget;

/// Longest label that is shown, in characters.
const LABEL_MAX: usize = 120;
/// Longest paragraph, in characters, and how many of them.
const PARAGRAPH_MAX: usize = 400;
const PARAGRAPHS_MAX: usize = 12;
/// Longest value of a server that is taken for a line to be changed, in characters.
const VALUE_MAX: usize = 2_000;
/// Widest a picture is shown, in logical pixels.
const PICTURE_WIDTH_MAX: f32 = 360.0;

/// A form, and what the widgets for it remember.
pub(super) struct Fields {
    title: Option<String>,
    instructions: Option<String>,
    fields: Vec<Field>,
    lines: Vec<text_editor::Content>,
    pictures: Vec<Option<UntrustedImage>>,
}

impl Fields {
    /// A form from the server. What was typed into `former` stays where the field is the same;
    /// what was read from another picture does not.
    pub(super) fn new(mut fields: Vec<Field>, former: Option<&Self>) -> Self {
        let former = former.map(|former| former.fields.as_slice()).unwrap_or_default();
        for field in &mut fields {
            let same = |old: &&Field| old.name == field.name && old.kind == field.kind;
            let typed = former.iter().find(same).filter(|old| old.picture == field.picture);
            show_hidden(field);
            let is_for_us = matches!(field.kind, FieldKind::Fixed | FieldKind::Hidden);
            if let Some(typed) = typed.filter(|_| !is_for_us && !field.name.is_empty()) {
                field.values.clone_from(&typed.values);
            }
        }
        let content = |field: &Field| text_editor::Content::with_text(&field.values.join("\n"));
        let read = |picture: &Bytes| UntrustedImage::on_white(&picture.bytes);
        let lines = fields.iter().map(content).collect();
        let pictures = fields.iter().map(|field| field.picture.as_ref().and_then(read)).collect();
        Self { title: None, instructions: None, fields, lines, pictures }
    }

    /// What the server says about all of it.
    pub(super) fn about(mut self, title: Option<String>, instructions: Option<String>) -> Self {
        (self.title, self.instructions) = (title, instructions);
        self
    }

    /// As they go back to the server.
    pub(super) fn answers(&self) -> &[Field] {
        &self.fields
    }

    /// What is filled in under the server's name for it.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        field.values.first().map(String::as_str)
    }

    /// Whether it holds a picture, which is good for one answer only.
    pub(super) fn has_picture(&self) -> bool {
        self.fields.iter().any(|field| field.picture.is_some())
    }

    /// The first field to fill in.
    pub(super) fn first(&self) -> Option<Id> {
        let is_open = |field: &Field| !matches!(field.kind, FieldKind::Fixed | FieldKind::Hidden);
        self.fields.iter().position(is_open).map(id)
    }

    /// The first field that must be filled in and is not.
    pub(super) fn missing(&self) -> Option<Id> {
        self.fields.iter().position(is_missing).map(id)
    }

    /// Takes in what was typed or chosen in a field.
    pub(super) fn edit(&mut self, index: usize, edit: Edit) {
        let (Some(field), Some(lines)) = (self.fields.get_mut(index), self.lines.get_mut(index))
        else {
            return;
        };
        match edit {
            Edit::Typed(text) => field.values = vec![text.expose().to_owned()],
            Edit::Ticked(ticked) => field.values = vec![ticked.to_string()],
            Edit::Chosen(value) => field.values = vec![value],
            Edit::Toggled(value, true) => field.values.push(value),
            Edit::Toggled(value, false) => field.values.retain(|one| *one != value),
            Edit::Lines(action) => {
                lines.perform(action);
                field.values = lines.text().lines().map(str::to_owned).collect();
            }
        }
    }

    /// Draws it; `asked` complains of what is missing.
    pub(super) fn view(&self, asked: bool) -> Column<'_, Message> {
        let title = self.title.as_deref().map(|title| untrusted::line(title, LABEL_MAX));
        let about = self.instructions.as_deref().map(paragraphs);
        let fields = self.fields.iter().zip(&self.lines).zip(&self.pictures).enumerate();
        let fields = fields.filter_map(|(index, ((field, lines), picture))| {
            let input = input(index, field, lines, asked)?;
            let picture = field.picture.as_ref().map(|_| show(picture.as_ref()));
            Some(column![].push(picture).push(input).spacing(space::S).into())
        });
        column![]
            .push(title.filter(|title| !title.is_empty()).map(widget::strong))
            .push(about)
            .extend(fields)
            .spacing(space::M)
    }
}

/// What the server filled in is read before it goes back: nothing in it hides.
fn show_hidden(field: &mut Field) {
    for value in &mut field.values {
        match field.kind {
            FieldKind::Text => *value = untrusted::line(value, VALUE_MAX),
            FieldKind::Lines => *value = untrusted::lines(value).into_owned(),
            FieldKind::Secret
            | FieldKind::Fixed
            | FieldKind::Hidden
            | FieldKind::Boolean
            | FieldKind::One
            | FieldKind::Several => {}
        }
    }
}

fn input<'a>(
    index: usize,
    field: &'a Field,
    lines: &'a text_editor::Content,
    asked: bool,
) -> Option<Element<'a, Message>> {
    let edit = move |edit: Edit| Message::Edit(index, edit);
    let wrong = (asked && is_missing(field)).then(|| t!("field-missing"));
    let label = label(field);
    let complaint = |wrong: Option<String>| {
        wrong.map(|words| widget::small(words).style(theme::tone_style(Tone::Danger)))
    };
    let value = field.values.first().map_or("", String::as_str);
    Some(match field.kind {
        FieldKind::Hidden => return None,
        FieldKind::Fixed => {
            let about = paragraphs(&field.values.join("\n"));
            let label = field.label.is_some().then(|| widget::strong(label));
            column![].push(label).push(about).spacing(space::XS).into()
        }
        FieldKind::Text | FieldKind::Secret => {
            let input = text_input("", value)
                .id(id(index))
                .secure(field.kind == FieldKind::Secret)
                .on_input(move |typed| edit(Edit::Typed(engine::Secret::new(typed))))
                .on_submit(Message::Submit);
            widget::field(label, input, wrong).into()
        }
        FieldKind::Lines => {
            let editor = text_editor(lines)
                .id(id(index))
                .height(84.0)
                .on_action(move |action| edit(Edit::Lines(action)));
            column![widget::strong(label), editor].push(complaint(wrong)).spacing(6.0).into()
        }
        FieldKind::Boolean => {
            let ticked = matches!(value, "true" | "1");
            tick(label, ticked).on_toggle(move |ticked| edit(Edit::Ticked(ticked))).into()
        }
        FieldKind::One => {
            let choices = field.choices.iter().map(|choice| {
                let picked = field.values.first() == Some(&choice.value);
                let press = edit(Edit::Chosen(choice.value.clone()));
                widget::radio_row(name_of(choice), None, picked, press)
            });
            let choices = Column::with_children(choices);
            column![widget::strong(label), choices].push(complaint(wrong)).spacing(6.0).into()
        }
        FieldKind::Several => {
            let choices = field.choices.iter().map(|choice| {
                let ticked = field.values.contains(&choice.value);
                let value = choice.value.clone();
                tick(name_of(choice), ticked)
                    .on_toggle(move |ticked| edit(Edit::Toggled(value.clone(), ticked)))
                    .into()
            });
            let choices = Column::with_children(choices).spacing(space::S);
            column![widget::strong(label), choices].push(complaint(wrong)).spacing(6.0).into()
        }
    })
}

fn tick<'a>(label: String, ticked: bool) -> iced::widget::Checkbox<'a, Message> {
    checkbox(ticked).label(label).text_size(theme::size::BODY).style(theme::checkbox)
}

/// The picture, or why there is none.
fn show<'a>(picture: Option<&UntrustedImage>) -> Element<'a, Message> {
    let again = widget::text_button(Icon::Retry, t!("picture-again"), Some(Message::AskAgain));
    let picture: Element<'a, Message> = match picture {
        Some(picture) => {
            let scale = (PICTURE_WIDTH_MAX / picture.size.width).min(2.0);
            svg(picture.handle.clone())
                .width(picture.size.width * scale)
                .height(picture.size.height * scale)
                .into()
        }
        None => widget::note(Icon::Warning, Tone::Warning, t!("picture-unreadable")).into(),
    };
    column![picture, again].spacing(space::XS).width(Fill).into()
}

fn is_missing(field: &Field) -> bool {
    let is_empty = field.values.iter().all(|value| value.trim().is_empty());
    match field.kind {
        FieldKind::Text
        | FieldKind::Secret
        | FieldKind::Lines
        | FieldKind::One
        | FieldKind::Several => field.required && is_empty,
        // Not ticked is an answer.
        FieldKind::Boolean | FieldKind::Fixed | FieldKind::Hidden => false,
    }
}

/// What to call a field: the server's word, or ours for the usual names (XEP-0077 §14.1).
fn label(field: &Field) -> String {
    let given = field.label.as_deref().map(|label| untrusted::line(label, LABEL_MAX));
    let label =
        given.filter(|label| !label.is_empty()).unwrap_or_else(|| match field.name.as_str() {
            "username" => t!("field-username"),
            "password" => t!("password"),
            "nick" => t!("field-nick"),
            "name" => t!("field-name"),
            "email" => t!("field-email"),
            other => untrusted::line(other, LABEL_MAX),
        });
    if field.required { t!("field-required", label = label) } else { label }
}

fn name_of(choice: &engine::Choice) -> String {
    untrusted::line(choice.label.as_deref().unwrap_or(&choice.value), LABEL_MAX)
}

fn paragraphs<'a>(text: &str) -> Element<'a, Message> {
    let lines = text.lines().filter(|line| !line.trim().is_empty()).take(PARAGRAPHS_MAX);
    let lines = lines.map(|line| widget::hint(untrusted::line(line, PARAGRAPH_MAX)).into());
    Column::with_children(lines).spacing(space::XS).into()
}

/// The input for a field.
pub(super) fn id(index: usize) -> Id {
    Id::from(format!("field-{index}"))
}
